//! Signing in upstream over POP3: nobody is signed in without the server's OK, whatever else it says and however it is cut.

use valetkey_wire::pop3::Upstream;

use crate::conversation::{UpstreamRules, upstream};

/// The input is choices (whether the client's address is handed on, the cuts) and what a server sends.
pub fn pop3_upstream(data: &[u8]) {
    let is_ok = |line: &[u8]| line.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"+OK"));
    upstream(
        data,
        &UpstreamRules {
            new: Upstream::new,
            kept_max: 2048,
            is_first: is_ok,
            is_ok,
            shown: |signed_in| signed_in.answer,
        },
    );
}
