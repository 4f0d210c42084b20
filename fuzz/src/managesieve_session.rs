//! `ManageSieve` before the sign-in: the same conversation however it is cut, nothing taken in clear, output in bounds.

use std::sync::Arc;

use valetkey_wire::managesieve::{Session, SignedIn};

use crate::conversation::{SessionRules, session};
use crate::sasl::tokens;

/// The longest command.
const COMMAND_BYTES_MAX: usize = 8192;

/// The input is choices (of the connection, of the answers to attempts, of the cuts) and what an app sends.
pub fn managesieve_session(data: &[u8]) {
    let (greeting, _) = session(
        data,
        &SessionRules {
            new: |encrypted, starttls| Session::new(encrypted, starttls, Some(tokens()), Arc::default()),
            signed_in: || SignedIn { text: "Logged in.".into() },
            kept_max: COMMAND_BYTES_MAX,
            // Of what was sent, NOOP's tag alone is repeated, with escapes.
            written_max: |used| 512 + 2 * used,
        },
    );
    let (offers_plain, offers_none) =
        (greeting.contains("\"SASL\" \"PLAIN LOGIN OAUTHBEARER XOAUTH2\""), greeting.contains("\"SASL\" \"\""));
    assert!(offers_plain != offers_none && !(offers_plain && greeting.contains("STARTTLS")), "{greeting}");
    assert!(greeting.ends_with("\r\nOK \"Valetkey ready.\"\r\n"));
}
