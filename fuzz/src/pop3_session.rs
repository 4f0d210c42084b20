//! POP3 before the sign-in: the same conversation however it is cut, nothing taken in clear, output in bounds.

use valetkey_wire::pop3::{Session, SignedIn};

use crate::conversation::{SessionRules, session};
use crate::sasl::tokens;

/// The input is choices (of the connection, of the answers to attempts, of the cuts) and what an app sends.
pub fn pop3_session(data: &[u8]) {
    let (greeting, answers) = session(
        data,
        &SessionRules {
            new: |encrypted, starttls| Session::new(encrypted, starttls, Some(tokens())),
            signed_in: || SignedIn { answer: "+OK Logged in.".into() },
            kept_max: 4096 + 64,
            // Nothing that an app sends is repeated, and an answer has 512 bytes (RFC 2449 section 4).
            written_max: |_| 512,
        },
    );
    assert_eq!(greeting, "+OK Valetkey ready.\r\n", "and no timestamp");
    let answers = String::from_utf8(answers).expect("text");
    let is_listed = |line: &str| {
        [
            "TOP",
            "UIDL",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "PIPELINING",
            "USER",
            "SASL PLAIN LOGIN OAUTHBEARER XOAUTH2",
            "STLS",
            "PLAIN",
            "LOGIN",
            "OAUTHBEARER",
            "XOAUTH2",
            ".",
        ]
        .contains(&line)
    };
    for line in answers.split_terminator("\r\n") {
        let is_answer = ["+OK", "-ERR ", "+ "].into_iter().any(|begin| line.starts_with(begin));
        assert!(is_answer || is_listed(line), "{line:?}");
    }
}
