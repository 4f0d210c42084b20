//! What is offered in answer to EHLO.

/// What of a server's EHLO answer may be offered to apps: extensions whose commands and parameters the gateway follows,
/// or that have none. Takes the lines behind the first, each without its code: `SIZE 10240000`.
///
/// AUTH and STARTTLS are the gateway's own; XCLIENT and XFORWARD would let an app say who it is.
pub fn offered<L: AsRef<str>>(ehlo_lines: &[L]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for line in ehlo_lines {
        if let Some(keyword) = followed(line.as_ref()).filter(|keyword| !has(&kept, word(keyword))) {
            kept.push(keyword);
        }
    }
    // A binary message can only come in chunks (RFC 3030 section 3).
    if !has(&kept, "CHUNKING") {
        kept.retain(|keyword| keyword != "BINARYMIME");
    }
    kept
}

/// Whether a list has a keyword.
pub(super) fn has(keywords: &[String], keyword: &str) -> bool {
    keywords.iter().any(|k| word(k).eq_ignore_ascii_case(keyword))
}

fn word(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// The keyword as it is offered, if the gateway follows it.
fn followed(line: &str) -> Option<String> {
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    let keyword = words.next()?.to_ascii_uppercase();
    match keyword.as_str() {
        "SIZE" => match words.next() {
            None => Some(keyword),
            Some(size) => is_size(size).then(|| format!("SIZE {size}")),
        },
        "8BITMIME" | "SMTPUTF8" | "PIPELINING" | "CHUNKING" | "DSN" | "ENHANCEDSTATUSCODES" | "BINARYMIME" => {
            Some(keyword)
        }
        _ => None,
    }
}

/// A size (RFC 1870 section 3).
pub(super) fn is_size(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Writes the gateway's answer to EHLO, with `own` at its end. It can always pipeline: what the upstream cannot take in
/// one go waits here.
pub(super) fn answer_ehlo(host: &str, keywords: &[String], own: Option<&str>, out: &mut Vec<u8>) {
    let always = ["PIPELINING", "ENHANCEDSTATUSCODES"];
    let theirs = keywords.iter().map(String::as_str).filter(|keyword| !always.contains(&word(keyword)));
    let lines: Vec<&str> = std::iter::once(host).chain(always).chain(theirs).chain(own).collect();
    for (i, line) in lines.iter().enumerate() {
        out.extend_from_slice(if i + 1 < lines.len() { b"250-" } else { b"250 " });
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_gateway_does_not_follow_is_not_offered() {
        let postfix = [
            "PIPELINING",
            "SIZE 10240000",
            "VRFY",
            "ETRN",
            "STARTTLS",
            "AUTH PLAIN LOGIN",
            "XCLIENT NAME ADDR LOGIN",
            "XFORWARD NAME ADDR",
            "ENHANCEDSTATUSCODES",
            "8BITMIME",
            "DSN",
            "SMTPUTF8",
            "CHUNKING",
        ];
        let kept = offered(&postfix);
        assert_eq!(
            kept,
            ["PIPELINING", "SIZE 10240000", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"]
        );
        assert_eq!(offered(&kept), kept, "a list that was kept is kept again");
        let others = ["FUTURERELEASE 1 2", "DELIVERBY", "MT-PRIORITY", "BURL imap", "size x", "", " "];
        assert_eq!(offered(&others), [""; 0]);
        assert_eq!(offered(&["size", "SIZE 5", "8bitmime"]), ["SIZE", "8BITMIME"], "in any case, and once");
    }

    #[test]
    fn binary_messages_are_offered_with_chunks_only() {
        assert_eq!(offered(&["BINARYMIME", "DSN"]), ["DSN"]);
        assert_eq!(offered(&["BINARYMIME", "CHUNKING"]), ["BINARYMIME", "CHUNKING"]);
    }

    #[test]
    fn an_answer_names_each_extension_once() {
        let mut out = Vec::new();
        let keywords = offered(&["SIZE 5", "PIPELINING", "ENHANCEDSTATUSCODES"]);
        answer_ehlo("gw.example.org", &keywords, Some("STARTTLS"), &mut out);
        let answer =
            "250-gw.example.org\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-SIZE 5\r\n250 STARTTLS\r\n";
        assert_eq!(String::from_utf8_lossy(&out), answer);
    }
}
