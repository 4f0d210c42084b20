//! Signing in upstream over SMTP: nobody is signed in without the server's word, whatever else it says and however it is
//! cut.

use valetkey_wire::conversation::{Forwarded, Master, Upstream as _, UpstreamError, UpstreamStep, Whom};
use valetkey_wire::smtp::{Probe, Trust, Upstream};
use zeroize::Zeroizing;

use crate::input::{Choices, choices_and_rest, pieces, stream};
use crate::smtp_relay::greeting;

/// The gateway's message, `ada NUL gateway NUL gw-secret` in base64.
const MESSAGE: &str = "YWRhAGdhdGV3YXkAZ3ctc2VjcmV0";
/// The longest line, and so the most that may be kept of what a server sends.
const LINE_BYTES_MAX: usize = 4096;
/// What may be offered to apps.
const OFFERED: [&str; 8] =
    ["8BITMIME", "SMTPUTF8", "SIZE", "PIPELINING", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES", "BINARYMIME"];

/// The input is choices (how it is signed in to, whether the client's address is handed on, the cuts) and what a server
/// sends.
pub fn smtp_upstream(data: &[u8]) {
    let (choices, sent) = choices_and_rest(data);
    let sent = stream(sent);
    let whole = talk(choices, &[&sent]);
    let cut = talk(choices, &pieces(&sent, &mut Choices::new(choices)));
    assert_eq!(whole, cut, "cut it is another conversation");
    probe(&sent);
}

/// What the server was sent, how much of what it sent was done with, and the end if there was one.
type End = (String, usize, Option<Result<Vec<String>, UpstreamError>>);

fn talk(choices: &[u8], pieces: &[&[u8]]) -> End {
    let mut choices = Choices::new(choices);
    let trust = if choices.yes() { Trust::Xclient } else { Trust::MasterUser };
    let forwarded = choices.yes().then(|| Forwarded {
        client: ([203, 0, 113, 9], 5555).into(),
        connected_to: ([192, 0, 2, 1], 465).into(),
        session: "vk1".into(),
    });
    let client = choices.yes().then_some("m\u{fc}ller's=phone");
    let master = Master { user: "gateway", secret: b"gw-secret" };
    let mut upstream =
        Upstream::new(&greeting(trust), client, &Whom { login: "ada", addresses: &[], master, forwarded });
    let (mut out, mut pending, mut total, mut end) = (Zeroizing::new(Vec::new()), Vec::new(), 0, None);
    let mut lines: Vec<Vec<u8>> = Vec::new();
    'all: for piece in pieces {
        pending.extend_from_slice(piece);
        let mut done = 0;
        loop {
            let (used, step) = upstream.receive(&pending[done..], &mut out);
            if used > 0 {
                lines.push(pending[done..done + used].to_vec());
            }
            done += used;
            total += used;
            match step {
                UpstreamStep::More if used > 0 => {}
                UpstreamStep::More => break,
                UpstreamStep::Done(signed_in) => {
                    end = Some(Ok(signed_in.keywords));
                    break 'all;
                }
                UpstreamStep::Failed(error) => {
                    assert!(error.to_string().chars().count() < 400, "what a server says is not repeated at length");
                    end = Some(Err(error));
                    break 'all;
                }
            }
        }
        pending.drain(..done);
        assert!(pending.len() <= LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    }
    let out = String::from_utf8(out.to_vec()).expect("the gateway writes text");
    check(trust, &out, &lines, end.as_ref());
    (out, total, end)
}

fn check(trust: Trust, out: &str, lines: &[Vec<u8>], end: Option<&Result<Vec<String>, UpstreamError>>) {
    assert!(out.len() < 1024, "a few lines are all that the gateway says");
    assert!(out.is_empty() || out.ends_with("\r\n"));
    for line in out.lines() {
        let is_known = ["EHLO ", "XCLIENT ", "AUTH PLAIN "].iter().any(|verb| line.starts_with(verb));
        assert!(is_known && line.bytes().all(|b| b == b' ' || b.is_ascii_graphic()), "{line:?}");
    }
    assert_eq!(out.matches(MESSAGE).count(), out.matches("AUTH").count());
    assert!(out.matches("XCLIENT").count() <= 2 && out.matches("AUTH").count() <= 1);
    if !out.is_empty() {
        assert!(lines.iter().any(|line| line.starts_with(b"220")), "nothing is sent before the greeting");
    }
    let Some(Ok(keywords)) = end else { return };
    check_keywords(keywords);
    let last = lines.last().expect("the server has spoken");
    match trust {
        Trust::Xclient => {
            assert!(out.contains(" LOGIN=ada ") || out.contains(" LOGIN=ada\r\n"), "signed in as nobody: {out}");
            assert!(last.starts_with(b"250") && !out.contains("AUTH"));
        }
        Trust::MasterUser => {
            assert!(last.starts_with(b"235") && out.contains(MESSAGE), "signed in without a secret");
        }
    }
}

fn check_keywords(keywords: &[String]) {
    for keyword in keywords {
        let word = keyword.split(' ').next().unwrap_or_default();
        assert!(OFFERED.contains(&word), "{keyword}");
        assert!(keyword.len() <= 25, "{keyword}");
    }
    assert!(keywords.len() <= OFFERED.len());
    assert!(keywords.iter().all(|k| k != "BINARYMIME") || keywords.iter().any(|k| k == "CHUNKING"));
}

fn probe(mut sent: &[u8]) {
    let (mut probe, mut out) = (Probe::new("gw.example.org"), Zeroizing::new(Vec::new()));
    loop {
        let (used, step) = probe.receive(sent, &mut out);
        sent = &sent[used..];
        match step {
            UpstreamStep::More if used > 0 => {}
            UpstreamStep::Done(keywords) => {
                assert_eq!(&**out, b"EHLO gw.example.org\r\nQUIT\r\n");
                return check_keywords(&keywords);
            }
            _ => return,
        }
    }
}
