//! Dovecot's authentication protocol: it does not matter how bytes arrive, and what is answered are whole lines.

use valetkey_wire::dovecot::{self, Event, LINE_BYTES_MAX, Session};
use valetkey_wire::sasl::{SecretKind, Unfit};

use crate::sasl::tokens;

/// A conversation; the first byte says how it is cut into pieces.
pub fn dovecot(data: &[u8]) {
    let Some((cut, sent)) = data.split_first() else { return };
    let whole = converse(sent, sent.len().max(1));
    let in_pieces = converse(sent, usize::from(*cut).max(1));
    assert_eq!(whole, in_pieces, "it does not matter how bytes arrive");
}

/// What is said, and what is asked.
fn converse(sent: &[u8], piece: usize) -> (Vec<u8>, Vec<String>) {
    let (mut session, mut out, mut asked) = (Session::new(Some(tokens())), Vec::new(), Vec::new());
    let (mut heard, mut pieces) = (Vec::new(), sent.chunks(piece));
    loop {
        let (used, event) = session.receive(&heard, &mut out);
        assert!(used <= heard.len());
        heard.drain(..used);
        match event {
            Event::Attempt(request) => {
                assert!(used > 0);
                let (origin, credentials) = (request.origin, request.credentials);
                assert!(!credentials.secret.contains(&0));
                dovecot::accepted(origin.id, &credentials.login, &mut out);
                dovecot::refused(origin.id, Some(&credentials.login), &mut out);
                asked.push(format!("{origin:?} {} {:?}", credentials.login, credentials.secret.to_vec()));
                if credentials.kind == SecretKind::Token {
                    let unfit = if credentials.secret.len() % 2 == 0 { Unfit::Invalid } else { Unfit::LacksScope };
                    session.token_refused(origin, unfit, &mut out);
                }
            }
            Event::Close(error) => {
                asked.push(error.to_string());
                break;
            }
            Event::More if used > 0 => {}
            Event::More => {
                assert!(heard.len() < LINE_BYTES_MAX, "what is kept has a bound");
                let Some(piece) = pieces.next() else { break };
                heard.extend_from_slice(piece);
            }
        }
    }
    assert!(out.is_empty() || out.ends_with(b"\n"));
    for line in out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let command = line.split(|byte| *byte == b'\t').next().unwrap_or_default();
        assert!([&b"OK"[..], b"FAIL", b"CONT"].contains(&command), "{:?}", String::from_utf8_lossy(line));
    }
    (out, asked)
}
