//! Lines that go to the server together.

use crate::admin::{IMPORT_LINES_MAX, ImportLine, WrittenPassword};

/// As JSON a line may become six times as long, and a message has at most 8 MiB.
const BYTES_MAX: usize = 1024 * 1024;
/// Passwords in clear are hashed one after the other: not so many that nothing seems to happen.
const CLEAR_MAX: usize = 32;

/// Lines that go to the server together.
#[derive(Default)]
pub(super) struct Batch {
    lines: Vec<ImportLine>,
    bytes: usize,
    clear: usize,
}

impl Batch {
    pub(super) fn add(&mut self, line: ImportLine, bytes: usize) {
        self.bytes += bytes;
        self.clear += usize::from(is_clear(&line));
        self.lines.push(line);
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= IMPORT_LINES_MAX || self.bytes >= BYTES_MAX || self.clear >= CLEAR_MAX
    }

    pub(super) fn take(&mut self) -> Vec<ImportLine> {
        std::mem::take(self).lines
    }
}

/// Dovecot's `{PLAIN}`, `{CLEAR}` and `{CLEARTEXT}` are in clear as well.
fn is_clear(line: &ImportLine) -> bool {
    match &line.password {
        Some(WrittenPassword::Clear(_)) => true,
        Some(WrittenPassword::Hash(hash)) => {
            let scheme = hash.expose().get(..6).unwrap_or_default();
            scheme.eq_ignore_ascii_case("{PLAIN") || scheme.eq_ignore_ascii_case("{CLEAR")
        }
        None => false,
    }
}
