//! What MAIL and RCPT say: an address and parameters, read strictly and written again, so that every server reads them
//! alike (RFC 5321 section 4.1.2, RFC 6531 section 3.3).

use super::extensions::is_size;
use super::lex::is_xtext;

/// The longest ENVID and ORCPT that are passed on (RFC 3461 sections 4.2 and 4.4).
const ENVID_BYTES_MAX: usize = 100;
const ORCPT_BYTES_MAX: usize = 500;

/// A refusal by the gateway: a reply without its line end.
pub(super) type Refusal = &'static str;

const MAIL_SYNTAX: Refusal = "501 5.5.4 Syntax: MAIL FROM:<address>.";
const RCPT_SYNTAX: Refusal = "501 5.5.4 Syntax: RCPT TO:<address>.";
const BAD_VALUE: Refusal = "501 5.5.4 A parameter is not understood.";
const UNKNOWN: Refusal = "555 5.5.4 This parameter is not supported.";
const FOREIGN: Refusal = "553 5.7.1 This sender address is not yours.";
const NEEDS_UTF8: Refusal = "553 5.6.7 This address needs SMTPUTF8.";

/// Reads what stands behind MAIL. Gives the whole command as it goes upstream, if its sender is one of the account's
/// addresses, or nobody.
pub(super) fn mail(rest: &str, addresses: &[String]) -> Result<Vec<u8>, Refusal> {
    let rest = behind(rest, "FROM:").ok_or(MAIL_SYNTAX)?;
    let (sender, parameters) = match rest.strip_prefix("<>") {
        Some(parameters) => (None, parameters),
        None => path(rest).map(|(sender, rest)| (Some(sender), rest)).ok_or(MAIL_SYNTAX)?,
    };
    let mut line = b"MAIL FROM:<".to_vec();
    if let Some(sender) = &sender {
        if !addresses.iter().any(|address| sender.is(address)) {
            return Err(FOREIGN);
        }
        sender.write(&mut line);
    }
    line.push(b'>');
    let seen = read_parameters(parameters, MAIL_SYNTAX, mail_parameter, &mut line)?;
    let is_ascii = sender.is_none_or(|sender| sender.is_ascii());
    if is_ascii || seen.iter().any(|name| name == "SMTPUTF8") { Ok(line) } else { Err(NEEDS_UTF8) }
}

/// Reads what stands behind RCPT. Gives the whole command as it goes upstream.
pub(super) fn rcpt(rest: &str) -> Result<Vec<u8>, Refusal> {
    let rest = behind(rest, "TO:").ok_or(RCPT_SYNTAX)?;
    let (recipient, parameters) = path(rest).ok_or(RCPT_SYNTAX)?;
    let mut line = b"RCPT TO:<".to_vec();
    recipient.write(&mut line);
    line.push(b'>');
    read_parameters(parameters, RCPT_SYNTAX, rcpt_parameter, &mut line)?;
    Ok(line)
}

/// What stands behind a word in any case, and behind the space that some apps put there.
fn behind<'a>(rest: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = rest.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// An address, with its local part unquoted.
struct Mailbox<'a> {
    local: String,
    /// Without it, the server's own.
    domain: Option<&'a str>,
}

impl Mailbox<'_> {
    /// Whether it is this one, in capitals or not.
    fn is(&self, address: &str) -> bool {
        address.rsplit_once('@').is_some_and(|(local, domain)| {
            self.local.eq_ignore_ascii_case(local) && self.domain.is_some_and(|d| d.eq_ignore_ascii_case(domain))
        })
    }

    fn is_ascii(&self) -> bool {
        self.local.is_ascii() && self.domain.is_none_or(str::is_ascii)
    }

    /// Writes it, quoted only where it must be.
    fn write(&self, out: &mut Vec<u8>) {
        if !self.local.is_empty() && self.local.chars().all(is_dot_or_atext) {
            out.extend_from_slice(self.local.as_bytes());
        } else {
            out.push(b'"');
            for byte in self.local.bytes() {
                if matches!(byte, b'"' | b'\\') {
                    out.push(b'\\');
                }
                out.push(byte);
            }
            out.push(b'"');
        }
        if let Some(domain) = self.domain {
            out.push(b'@');
            out.extend_from_slice(domain.as_bytes());
        }
    }
}

/// `<address>` off the front, and what follows. No source route (RFC 5321 appendix C): nobody writes one that is meant.
fn path(text: &str) -> Option<(Mailbox<'_>, &str)> {
    let (local, rest) = local_part(text.strip_prefix('<')?)?;
    let (domain, rest) = match rest.strip_prefix('@') {
        None => (None, rest),
        Some(rest) => {
            let (domain, rest) = rest.split_at(rest.find('>')?);
            (Some(domain).filter(|d| is_domain(d) || is_address_literal(d)).map(Some)?, rest)
        }
    };
    Some((Mailbox { local, domain }, rest.strip_prefix('>')?))
}

/// A local part off the front. Dots may stand anywhere, as they do in addresses that are in use.
fn local_part(text: &str) -> Option<(String, &str)> {
    if let Some(inside) = text.strip_prefix('"') {
        return quoted(inside);
    }
    let end = text.find(|c| !is_dot_or_atext(c)).unwrap_or(text.len());
    let (local, rest) = text.split_at(end);
    (!local.is_empty()).then(|| (local.to_owned(), rest))
}

fn quoted(inside: &str) -> Option<(String, &str)> {
    let mut local = String::with_capacity(inside.len());
    let mut chars = inside.char_indices();
    loop {
        match chars.next()? {
            (at, '"') => return Some((local, &inside[at + 1..])),
            (_, '\\') => local.push(chars.next().map(|(_, c)| c).filter(|c| *c == ' ' || c.is_ascii_graphic())?),
            (_, c) => local.push(c),
        }
    }
}

/// `atext` of RFC 5322 with the letters of RFC 6531, or a dot.
fn is_dot_or_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

fn is_domain(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, '-' | '_');
    text.split('.').all(|label| !label.is_empty() && label.chars().all(is_letter))
}

fn is_address_literal(text: &str) -> bool {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inside.is_some_and(|text| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-'))
    })
}

/// What becomes of a parameter.
enum Parameter {
    Passed,
    /// It is not the app's to say.
    Stripped,
    Malformed,
    Unknown,
}

/// Reads parameters, each once, and writes those that are passed on; gives their names in capitals.
fn read_parameters(
    text: &str,
    syntax: Refusal,
    read: fn(&str, Option<&str>) -> Parameter,
    out: &mut Vec<u8>,
) -> Result<Vec<String>, Refusal> {
    if !(text.is_empty() || text.starts_with(' ')) {
        return Err(syntax);
    }
    let mut seen: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let name = name.to_ascii_uppercase();
        match read(&name, value) {
            _ if seen.contains(&name) => return Err(BAD_VALUE),
            Parameter::Passed => {
                out.push(b' ');
                out.extend_from_slice(word.as_bytes());
            }
            Parameter::Stripped => {}
            Parameter::Malformed => return Err(BAD_VALUE),
            Parameter::Unknown => return Err(UNKNOWN),
        }
        seen.push(name);
    }
    Ok(seen)
}

fn mail_parameter(name: &str, value: Option<&str>) -> Parameter {
    let is_one_of = |values: &[&str]| value.is_some_and(|v| values.iter().any(|known| v.eq_ignore_ascii_case(known)));
    passed_if(match name {
        "SIZE" => value.is_some_and(is_size),
        "BODY" => is_one_of(&["7BIT", "8BITMIME", "BINARYMIME"]),
        "SMTPUTF8" => value.is_none(),
        "RET" => is_one_of(&["FULL", "HDRS"]),
        "ENVID" => value.is_some_and(|v| (1..=ENVID_BYTES_MAX).contains(&v.len()) && is_xtext(v)),
        // For whom it says it speaks (RFC 4954 section 5): the gateway knows.
        "AUTH" => return Parameter::Stripped,
        _ => return Parameter::Unknown,
    })
}

fn rcpt_parameter(name: &str, value: Option<&str>) -> Parameter {
    passed_if(match name {
        "NOTIFY" => value.is_some_and(is_notify),
        "ORCPT" => value.is_some_and(is_original_recipient),
        _ => return Parameter::Unknown,
    })
}

fn passed_if(is_good: bool) -> Parameter {
    if is_good { Parameter::Passed } else { Parameter::Malformed }
}

fn is_notify(value: &str) -> bool {
    let is_event = |word: &str| ["SUCCESS", "FAILURE", "DELAY"].iter().any(|event| word.eq_ignore_ascii_case(event));
    value.eq_ignore_ascii_case("NEVER") || value.split(',').all(is_event)
}

/// `rfc822;address` as xtext, or in UTF-8 (RFC 6533 section 3).
fn is_original_recipient(value: &str) -> bool {
    value.len() <= ORCPT_BYTES_MAX
        && value.split_once(';').is_some_and(|(kind, address)| {
            let is_kind = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            let is_utf8 = |text: &str| text.chars().all(|c| !c.is_ascii() || (c.is_ascii_graphic() && c != '='));
            !kind.is_empty()
                && kind.bytes().all(is_kind)
                && (is_xtext(address) || (kind.eq_ignore_ascii_case("utf-8") && is_utf8(address)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: Result<Vec<u8>, Refusal>) -> String {
        line.map_or_else(|refusal| refusal[..9].to_owned(), |line| String::from_utf8(line).expect("text"))
    }

    fn mail(rest: &str) -> String {
        text(super::mail(rest, &["ada@example.org".into(), "ad\u{e9}@b\u{fc}cher.example".into()]))
    }

    fn rcpt(rest: &str) -> String {
        text(super::rcpt(rest))
    }

    #[test]
    fn an_account_sends_as_itself() {
        assert_eq!(mail("FROM:<ada@example.org>"), "MAIL FROM:<ada@example.org>");
        assert_eq!(mail("from: <Ada@EXAMPLE.org>"), "MAIL FROM:<Ada@EXAMPLE.org>");
        assert_eq!(mail("FROM:<>"), "MAIL FROM:<>", "read receipts");
        assert_eq!(mail("FROM:<\"a\\da\"@example.org>"), "MAIL FROM:<ada@example.org>", "one name, quoted or not");
        for foreign in [
            "FROM:<bob@example.org>",
            "FROM:<ada@example.com>",
            "FROM:<ada>",
            "FROM:<ada.@example.org>",
            "FROM:<\"ada@example.org\"@example.com>",
            "FROM:<\"ada@example.org\">",
            "FROM:<ada@[192.0.2.1]>",
            "FROM:<\" ada\"@example.org>",
        ] {
            assert_eq!(mail(foreign), "553 5.7.1", "{foreign}");
        }
        assert_eq!(text(super::mail("FROM:<ada@example.org>", &[])), "553 5.7.1");
    }

    #[test]
    fn what_servers_could_read_in_different_ways_is_not_read() {
        for bad in [
            "",
            "FROM",
            "FROM:",
            "FROM:ada@example.org",
            "FROM:  <ada@example.org>",
            "FROM :<ada@example.org>",
            "FROM:<ada@example.org",
            "FROM:<ada@example.org>>",
            "FROM:<ada@example.org>SIZE=5",
            "FROM:<ada@example.org> <bob@example.org>",
            "FROM:<@evil.example:ada@example.org>",
            "FROM:<bob@example.com><ada@example.org>",
            "FROM:<ada @example.org>",
            "FROM:<ada@example.org.>",
            "FROM:<ada@example..org>",
            "FROM:<ada@>",
            "FROM:<@example.org>",
            "FROM:< >",
            "FROM:<\"ada@example.org>",
            "FROM:<\"ada\"x@example.org>",
            "FROM:<ada(x)@example.org>",
            "FROM:Ada <ada@example.org>",
            "TO:<ada@example.org>",
        ] {
            assert!(mail(bad).starts_with('5'), "{bad}: {}", mail(bad));
        }
    }

    #[test]
    fn a_recipient_may_be_anybody() {
        for to in
            ["<bob@example.com>", "<postmaster>", "<a..b.@docomo.example>", "<x@[IPv6:2001:db8::1]>", "<\"a b\"@x>"]
        {
            assert_eq!(rcpt(&format!("TO:{to}")), format!("RCPT TO:{to}"));
        }
        assert_eq!(rcpt("to: <\"a\\\"\\b\"@x>"), "RCPT TO:<\"a\\\"b\"@x>");
        assert_eq!(rcpt("TO:<\"\"@x>"), "RCPT TO:<\"\"@x>");
        assert_eq!(rcpt("TO:<j\u{f6}rg@b\u{fc}cher.example>"), "RCPT TO:<j\u{f6}rg@b\u{fc}cher.example>");
        for bad in
            ["", "TO:", "TO:<>", "TO:bob@example.com", "TO:<@a,@b:c@d>", "TO:<a@b> <c@d>", "TO:<a@[]>", "TO:<a,b@c>"]
        {
            assert!(rcpt(bad).starts_with('5'), "{bad}: {}", rcpt(bad));
        }
    }

    #[test]
    fn parameters_pass_that_are_understood() {
        let passed = "FROM:<ada@example.org> SIZE=310 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb";
        assert_eq!(mail(passed), format!("MAIL {passed}"));
        assert_eq!(mail("FROM:<ada@example.org>  AUTH=<>  size=5"), "MAIL FROM:<ada@example.org> size=5");
        let passed = "TO:<b@c> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+40c";
        assert_eq!(rcpt(passed), format!("RCPT {passed}"));
        assert_eq!(rcpt("TO:<b@c> ORCPT=utf-8;j\u{f6}rg@c"), "RCPT TO:<b@c> ORCPT=utf-8;j\u{f6}rg@c");
        for unknown in ["XVERP", "HOLDFOR=5", "BY=5;R", "MT-PRIORITY=3", "NOTIFY=NEVER", "X=Y"] {
            assert_eq!(mail(&format!("FROM:<> {unknown}")), "555 5.5.4", "{unknown}");
        }
        for bad in ["SIZE", "SIZE=x", "SIZE=", "BODY=x", "SMTPUTF8=1", "RET=NO", "ENVID=a=b", "SIZE=1 size=2"] {
            assert_eq!(mail(&format!("FROM:<> {bad}")), "501 5.5.4", "{bad}");
        }
        for bad in ["NOTIFY=", "NOTIFY=NEVER,DELAY", "ORCPT=x", "ORCPT=rfc822;\u{e9}", "ORCPT=;x"] {
            assert_eq!(rcpt(&format!("TO:<b@c> {bad}")), "501 5.5.4", "{bad}");
        }
        assert_eq!(rcpt("TO:<b@c> SIZE=5"), "555 5.5.4");
    }

    #[test]
    fn a_sender_beyond_ascii_needs_to_say_so() {
        let sender = "FROM:<ad\u{e9}@b\u{fc}cher.example>";
        assert_eq!(mail(sender), "553 5.6.7");
        assert_eq!(mail(&format!("{sender} SMTPUTF8")), format!("MAIL {sender} SMTPUTF8"));
    }
}
