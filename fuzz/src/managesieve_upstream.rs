//! Signing in upstream over `ManageSieve`: nobody is signed in without the server's OK, whatever else it says and however it
//! is cut.

use valetkey_wire::managesieve::Upstream;

use crate::conversation::{UpstreamRules, upstream};

/// The input is choices (whether the client's address is handed on, the cuts) and what a server sends.
pub fn managesieve_upstream(data: &[u8]) {
    upstream(
        data,
        &UpstreamRules {
            new: Upstream::new,
            kept_max: 16 * 1024,
            // A greeting begins with capabilities, since without PLAIN among them nothing is sent.
            is_first: |line| matches!(line[0], b'"' | b'{'),
            is_ok: |line| line.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"OK")),
            shown: |signed_in| {
                assert!(signed_in.text.chars().count() <= 200 && !signed_in.text.chars().any(char::is_control));
                format!("{:?}", signed_in.text)
            },
        },
    );
}
