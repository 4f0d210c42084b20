//! Recovery codes: however one is typed it is the same, and what is shown reads back.

use std::sync::atomic::{AtomicUsize, Ordering};

use valetkey_domain::{Randomness, RecoveryCode};

/// The input is what somebody types, and also the randomness of a new code.
pub fn recovery_code(data: &[u8]) {
    reads_back(&RecoveryCode::generate(&Scripted::new(data)));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(code) = RecoveryCode::presented(text) else { return };
    reads_back(&code);
    for other in [format!("{text}a"), format!("{text}0"), format!("{text}\u{e9}")] {
        assert!(RecoveryCode::presented(&other).is_none(), "one character too many, or none that a code has");
    }
}

fn reads_back(code: &RecoveryCode) {
    assert_eq!(code.expose().len(), 12);
    assert!(code.expose().iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    assert!(!code.expose().iter().any(|b| b"il1o09".contains(b)), "it is taken for another on paper");
    let shown = code.reveal();
    for typed in [
        shown.expose().clone(),
        shown.expose().to_ascii_uppercase(),
        shown.expose().replace('-', ""),
        shown.expose().replace('-', "\u{a0}"),
        format!(" {}\n", shown.expose()),
    ] {
        let read = RecoveryCode::presented(&typed).expect("what was shown can be typed");
        assert!(read.expose() == code.expose() && read.reveal().expose() == shown.expose(), "{typed:?}");
    }
}

/// Randomness that is what the input says, and then counts, so that every draw ends.
pub(crate) struct Scripted<'a> {
    script: &'a [u8],
    drawn: AtomicUsize,
}

impl<'a> Scripted<'a> {
    pub(crate) fn new(script: &'a [u8]) -> Self {
        Self { script, drawn: AtomicUsize::new(0) }
    }
}

impl Randomness for Scripted<'_> {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let n = self.drawn.fetch_add(1, Ordering::Relaxed);
            *byte = self.script.get(n).copied().unwrap_or_else(|| n.to_le_bytes()[0]);
        }
    }
}
