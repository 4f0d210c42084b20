//! Base 32 of TOTP seeds, both ways, and the codes that people type.

use valetkey_domain::{Timestamp, TotpCode, TotpSeed};

/// The input is a seed's bytes, and also the text of one, and a code.
pub fn base32(data: &[u8]) {
    if (10..=64).contains(&data.len()) {
        reads_back(&TotpSeed::from_bytes(data.to_vec()));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(seed) = TotpSeed::from_base32(text) {
        assert!((10..=64).contains(&seed.expose().len()));
        reads_back(&seed);
    }
    if let Ok(code) = text.parse::<TotpCode>() {
        let shown = code.reveal();
        assert!(shown.len() == 6 && shown.parse::<TotpCode>().is_ok_and(|again| again.reveal() == shown));
        assert!(text.split_whitespace().collect::<String>() == shown);
    }
}

fn reads_back(seed: &TotpSeed) {
    let shown = seed.to_base32();
    let text = shown.expose();
    assert_eq!(text.len(), (seed.expose().len() * 8).div_ceil(5));
    assert!(text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')));
    let padding = "=".repeat(text.len().next_multiple_of(8) - text.len());
    for typed in [text.clone(), text.to_ascii_lowercase(), format!("{text}{padding}"), grouped(text)] {
        let read = TotpSeed::from_base32(&typed).expect("what was shown can be typed");
        assert!(read.expose() == seed.expose(), "it is another seed");
    }
    let now = Timestamp::from_millis(1_700_000_000_000);
    assert!(seed.check(seed.code_at(now), now, None).is_some(), "its own code is right");
}

/// In fours, as apps show them.
fn grouped(text: &str) -> String {
    text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned() + " ").collect()
}
