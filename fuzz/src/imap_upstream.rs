//! Signing in upstream: nobody is signed in without the server's OK, whatever else it says and however it is cut.

use valetkey_wire::conversation::{Forwarded, Master, Upstream as _, UpstreamError, UpstreamStep, Whom};
use valetkey_wire::imap::Upstream;
use zeroize::Zeroizing;

use crate::input::{Choices, choices_and_rest, pieces, stream};

/// The gateway's message, `ada NUL gateway NUL gw-secret` in base64.
const MESSAGE: &str = "YWRhAGdhdGV3YXkAZ3ctc2VjcmV0";
/// The longest line, and so the most that may be kept of what a server sends.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// The most that is kept of untagged responses.
const UNTAGGED_BYTES_MAX: usize = 64 * 1024;

/// The input is choices (whether the client's address is handed on, the cuts) and what a server sends.
pub fn imap_upstream(data: &[u8]) {
    let (choices, sent) = choices_and_rest(data);
    let sent = stream(sent);
    let whole = talk(choices, &[&sent]);
    let cut = talk(choices, &pieces(&sent, &mut Choices::new(choices)));
    assert_eq!(whole, cut, "cut it is another conversation");
}

/// How a sign-in ended, with the untagged responses and the answer.
type SignIn = Result<(Vec<u8>, Vec<u8>), UpstreamError>;
/// What the server was sent, how much of what it sent was done with, and the end if there was one.
type End = (String, usize, Option<SignIn>);

fn talk(choices: &[u8], pieces: &[&[u8]]) -> End {
    let forwarded = Choices::new(choices).yes().then(|| Forwarded {
        client: ([203, 0, 113, 9], 5555).into(),
        connected_to: ([192, 0, 2, 1], 993).into(),
        session: "vk1".into(),
    });
    let mut upstream = Upstream::new(&Whom {
        login: "ada",
        addresses: &[],
        master: Master { user: "gateway", secret: b"gw-secret" },
        forwarded,
    });
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
                    end = Some(Ok((signed_in.untagged, signed_in.answer)));
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
    check(&out, &lines, end.as_ref());
    (out, total, end)
}

fn check(out: &str, lines: &[Vec<u8>], end: Option<&SignIn>) {
    let begins = |line: &[u8], with: &[u8]| line.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    assert!(out.len() < 1024, "a few lines are all that the gateway says");
    assert!(out.matches(MESSAGE).count() <= 1, "the secret is sent once");
    if !out.is_empty() {
        assert!(begins(&lines[0], b"* OK"), "nothing is sent before the greeting");
    }
    let Some(Ok((untagged, answer))) = end else { return };
    assert!(out.contains(MESSAGE), "signed in without a secret");
    let last = lines.last().expect("the server has spoken");
    assert!(last.starts_with(b"a ") && begins(&last[2..], b"OK"), "signed in by {:?}", String::from_utf8_lossy(last));
    assert!(begins(answer, b"OK"));
    assert!(untagged.len() <= UNTAGGED_BYTES_MAX && (untagged.is_empty() || untagged.ends_with(b"\r\n")));
    for line in untagged.split(|b| *b == b'\n').filter(|line| begins(line, b"* CAPABILITY ")) {
        for word in line.trim_ascii().split(|b| *b == b' ') {
            for hidden in ["UNAUTHENTICATE", "STARTTLS", "LOGINDISABLED"] {
                assert!(!word.eq_ignore_ascii_case(hidden.as_bytes()), "{:?}", String::from_utf8_lossy(line));
            }
        }
    }
}
