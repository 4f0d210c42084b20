//! How a server reads what comes upstream, command by command, and what must never be one there.

/// Commands that may go upstream, and the word in the place of others.
const ALLOWED: [&str; 12] = [
    "CAPABILITY",
    "HAVESPACE",
    "PUTSCRIPT",
    "LISTSCRIPTS",
    "SETACTIVE",
    "GETSCRIPT",
    "DELETESCRIPT",
    "RENAMESCRIPT",
    "CHECKSCRIPT",
    "NOOP",
    "LOGOUT",
    "XREFUSED",
];
/// The longest line: a command's, with each byte of its names escaped.
const LINE_BYTES_MAX: usize = 4096;
/// The longest script.
const SCRIPT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A server's view of the stream: it takes one command off the front at a time.
#[derive(Default)]
pub(super) struct Reader {
    kept: Vec<u8>,
}

impl Reader {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    /// The next command's name, once all of it has come.
    pub(super) fn command(&mut self) -> Option<String> {
        let end = self.kept.iter().position(|b| *b == b'\n')? + 1;
        let line = checked_line(&self.kept[..end]);
        let verb = line.split(' ').next().unwrap_or_default().to_owned();
        assert!(ALLOWED.contains(&verb.as_str()), "it went upstream: {line:?}");
        let mut arguments = arguments(line.strip_prefix(verb.as_str()).unwrap_or_default());
        let mut whole = end;
        if let Some(size) = arguments.last().and_then(|last| literal(last)) {
            assert!(matches!(verb.as_str(), "PUTSCRIPT" | "CHECKSCRIPT"), "a literal that is no script: {line:?}");
            assert!(size <= SCRIPT_BYTES_MAX);
            arguments.pop();
            arguments.push("\"script\"".to_owned());
            let behind = end + size;
            let line_end = self.kept.get(behind..behind + 2)?;
            assert_eq!(line_end, b"\r\n", "what is behind a script is no end of its command");
            whole = behind + 2;
        }
        check_arguments(&verb, &arguments);
        self.kept.drain(..whole);
        Some(verb)
    }
}

fn checked_line(line: &[u8]) -> String {
    let shown = String::from_utf8_lossy(line).into_owned();
    let inside = line.strip_suffix(b"\r\n").unwrap_or_else(|| panic!("another line's end: {shown:?}"));
    assert!(!inside.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)), "servers read it in different ways: {shown:?}");
    assert!(line.len() <= LINE_BYTES_MAX, "{} bytes", line.len());
    String::from_utf8(inside.to_vec()).expect("servers stop at what is not UTF-8")
}

/// Each with one blank before it. A quoted string is given with its quotes.
fn arguments(rest: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut chars = rest.chars().peekable();
    while let Some(blank) = chars.next() {
        assert_eq!(blank, ' ', "{rest:?}");
        let mut argument = String::new();
        if chars.next_if_eq(&'"').is_some() {
            argument.push('"');
            loop {
                match chars.next().unwrap_or_else(|| panic!("a quoted string without end: {rest:?}")) {
                    '"' => break,
                    '\\' => {
                        let escaped = chars.next().filter(|c| matches!(c, '"' | '\\'));
                        argument.push(escaped.unwrap_or_else(|| panic!("servers stop at this escape: {rest:?}")));
                    }
                    other => argument.push(other),
                }
            }
            argument.push('"');
        } else {
            while let Some(c) = chars.next_if(|c| *c != ' ') {
                argument.push(c);
            }
        }
        arguments.push(argument);
    }
    arguments
}

/// The size in `{310+}`.
fn literal(argument: &str) -> Option<usize> {
    let digits = argument.strip_prefix('{')?.strip_suffix("+}")?;
    assert!(digits == "0" || !digits.starts_with('0'), "{argument:?}");
    digits.parse().ok()
}

/// What the grammar wants behind each name.
fn check_arguments(verb: &str, arguments: &[String]) {
    let is_string = |argument: &String| argument.len() >= 2 && argument.starts_with('"') && argument.ends_with('"');
    let is_name = |argument: &String| is_string(argument) && !argument.chars().any(char::is_control);
    let is_number = |argument: &String| argument.parse::<u32>().is_ok();
    let fits = match (verb, arguments) {
        ("CAPABILITY" | "LISTSCRIPTS" | "LOGOUT" | "NOOP" | "XREFUSED", []) => true,
        ("NOOP" | "CHECKSCRIPT", [text]) => is_string(text),
        ("GETSCRIPT" | "DELETESCRIPT" | "SETACTIVE", [name]) => is_name(name),
        ("RENAMESCRIPT", [one, other]) => is_name(one) && is_name(other),
        ("HAVESPACE", [name, number]) => is_name(name) && is_number(number),
        ("PUTSCRIPT", [name, script]) => is_name(name) && name.len() > 2 && is_string(script),
        _ => false,
    };
    assert!(fits, "servers answer this in the middle: {verb} {arguments:?}");
}
