//! What comes before TLS with a server behind: TLS begins only if the server has offered it and says OK, and of what stands
//! behind that OK in clear not a byte is read (CVE-2011-0411, by whoever sits on the line).

use valetkey_wire::conversation::{Session as _, UpstreamError, UpstreamStep};
use valetkey_wire::managesieve::Session;
use zeroize::Zeroizing;

use crate::input::{Choices, choices_and_rest, pieces, stream};

/// The longest line, and so the most that may be kept of what a server sends.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// The input is choices (the cuts) and what a server sends.
pub fn managesieve_starttls(data: &[u8]) {
    let (choices, sent) = choices_and_rest(data);
    let sent = stream(sent);
    let whole = talk(&[&sent]);
    let cut = talk(&pieces(&sent, &mut Choices::new(choices)));
    assert_eq!(whole, cut, "cut it is another conversation");
    let (_, used, end) = whole;
    if let Some(Ok(())) = end {
        // Whatever else had stood there, it would have been the same.
        for injected in
            [&b""[..], b"OK\r\n", b"\"SIEVE\" \"evil\"\r\n\"SASL\" \"PLAIN\"\r\nOK\r\nOK\r\n", b"\0{4294967295}"]
        {
            let (said, read, end) = talk(&[&[&sent[..used], injected].concat()]);
            assert_eq!((&*said, read, end), ("STARTTLS\r\n", used, Some(Ok(()))));
        }
    }
}

/// What the server was told, how much of what it sent was done with, and the end if there was one.
type End = (String, usize, Option<Result<(), UpstreamError>>);

fn talk(pieces: &[&[u8]]) -> End {
    let mut upstream = Session::before_tls_upstream().expect("TLS begins inside the conversation");
    let (mut out, mut pending, mut total, mut end) = (Zeroizing::new(Vec::new()), Vec::new(), 0, None);
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for piece in pieces {
        pending.extend_from_slice(piece);
        while end.is_none() {
            let (used, step) = upstream.receive(&pending, &mut out);
            total += used;
            if used > 0 {
                lines.push(pending.drain(..used).collect());
            }
            end = match step {
                UpstreamStep::More if used > 0 => continue,
                UpstreamStep::More => break,
                UpstreamStep::Done(()) => Some(Ok(())),
                UpstreamStep::Failed(error) => Some(Err(error)),
            };
        }
        if end.is_some() {
            break;
        }
        assert!(pending.len() <= LINE_BYTES_MAX, "it keeps {} bytes", pending.len());
    }
    let out = String::from_utf8(out.to_vec()).expect("the gateway writes text");
    check(&out, &lines, end.as_ref());
    (out, total, end)
}

fn check(out: &str, lines: &[Vec<u8>], end: Option<&Result<(), UpstreamError>>) {
    let is_ok = |line: &[u8]| line.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"OK"));
    let is_offer =
        |line: &Vec<u8>| String::from_utf8_lossy(line).replace('\\', "").to_ascii_uppercase().contains("STARTTLS");
    assert!(matches!(out, "" | "STARTTLS\r\n"), "nothing else is said in clear: {out:?}");
    if !out.is_empty() {
        let greeted = lines.iter().position(|line| is_ok(line)).expect("a greeting ends with OK");
        assert!(lines[..greeted].iter().any(is_offer), "it was not offered");
    }
    match end {
        Some(Ok(())) => {
            assert!(!out.is_empty(), "nobody has asked for TLS");
            assert!(lines.last().is_some_and(|line| is_ok(line)), "the server has not said yes");
            assert_eq!(lines.iter().filter(|line| is_ok(line)).count(), 2, "the greeting's, and this one");
        }
        Some(Err(error)) => {
            assert!(error.to_string().chars().count() < 400, "what a server says is repeated at length");
        }
        None => {}
    }
}
