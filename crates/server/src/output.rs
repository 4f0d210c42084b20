//! What commands print, and how they ask a person.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use serde_json::Value;
use zeroize::Zeroizing;

use crate::admin::{Failure, Hidden};

/// How a command speaks: for people, or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Text,
    Json,
}

impl Output {
    /// Prints an answer: as JSON on one line, or as `text` tells it. Whoever closes the pipe has read enough.
    pub(crate) fn print(self, answer: &Value, text: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        match write(&self.shown(answer, text)) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| unprinted(&error)),
        }
    }

    /// Prints an answer that is given once: what nobody reads is an error, so that it is not lost in silence.
    pub(crate) fn print_once(self, answer: &Value, text: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        say(&self.shown(answer, text))
    }

    fn shown(self, answer: &Value, text: impl FnOnce(&Value) -> String) -> String {
        match self {
            Self::Json => answer.to_string(),
            Self::Text => text(answer),
        }
    }
}

/// Prints a text that is shown once, and a line end. That nobody reads it any more is an error.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    write(text).map_err(|error| unprinted(&error))
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end())?;
    out.flush()
}

fn unprinted(error: &io::Error) -> Failure {
    Failure::temporary(format!("the answer cannot be printed: {error}"))
}

/// Tells a person something beside the answer.
pub(crate) fn tell(text: &str) {
    // Who does not see it can still read the exit code.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Whether a person sits at the terminal.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The most that a secret on standard input may be.
const LINE_BYTES_MAX: usize = 4096;

/// Reads one line from standard input, without its end.
pub(crate) fn secret_line(what: &str) -> Result<Hidden, Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
    io::stdin()
        .lock()
        .take(LINE_BYTES_MAX as u64)
        .read_until(b'\n', &mut line)
        .map_err(|e| Failure::usage(format!("{what} cannot be read from standard input: {e}")))?;
    while line.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
        line.pop();
    }
    if line.is_empty() {
        return Err(Failure::usage(format!("{what} is expected on standard input, on a line of its own")));
    }
    String::from_utf8(line.to_vec()).map(Hidden::new).map_err(|_| Failure::usage(format!("{what} is not UTF-8")))
}

/// Asks a person for a secret, unseen; twice if it is new. Without a person, reads a line.
pub(crate) fn secret(what: &str, is_new: bool) -> Result<Hidden, Failure> {
    if !is_interactive() {
        return secret_line(what);
    }
    let mut prompt = dialoguer::Password::new().with_prompt(what);
    if is_new {
        prompt = prompt.with_confirmation("The same again", "They differ. Once more");
    }
    prompt.interact().map(Hidden::new).map_err(|e| Failure::usage(format!("{what} cannot be asked for: {e}")))
}

/// Asks a person for something that may be seen.
pub(crate) fn line(what: &str) -> Result<String, Failure> {
    let asked = dialoguer::Input::<String>::new().with_prompt(what).allow_empty(true).interact_text();
    asked.map_err(|e| Failure::usage(format!("{what} cannot be asked for: {e}")))
}

/// Asks a person whether to go on; without one, the answer is no.
pub(crate) fn agreed(question: &str) -> bool {
    is_interactive() && dialoguer::Confirm::new().with_prompt(question).default(false).interact().unwrap_or(false)
}

/// A table with headings, as wide as the terminal allows.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings);
    for row in rows {
        table.add_row(row);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A field of an answer as a text; nothing for null.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What other servers have done, a line for each: `Dovecot: 2 connections closed; final in 60 s`.
pub(crate) fn other_servers(answer: &Value) -> String {
    let servers = answer["other_servers"].as_array().into_iter().flatten();
    let lines: Vec<String> = servers.map(|one| format!("\n{}: {}", text(&one["name"]), text(&one["said"]))).collect();
    lines.concat()
}

/// What of an account's has ended that lets apps in: `3 app passwords revoked, 1 authorised app removed`. A kind of which there
/// was nothing is not named.
pub(crate) fn apps_ended(answer: &Value) -> String {
    let revoked = count(&answer["revoked"], "app password revoked", "app passwords revoked");
    let removed = count(&answer["apps_removed"], "authorised app removed", "authorised apps removed");
    match (answer["revoked"].as_u64(), answer["apps_removed"].as_u64()) {
        (_, None | Some(0)) => revoked,
        (None | Some(0), _) => removed,
        _ => format!("{revoked}, {removed}"),
    }
}

/// `1 connection closed`, `3 connections closed`.
pub(crate) fn count(value: &Value, one: &str, many: &str) -> String {
    let n = value.as_u64().unwrap_or(0);
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_ended_is_named_where_there_was_any() {
        for (revoked, removed, said) in [
            (0, 0, "0 app passwords revoked"),
            (1, 0, "1 app password revoked"),
            (0, 1, "1 authorised app removed"),
            (0, 2, "2 authorised apps removed"),
            (3, 1, "3 app passwords revoked, 1 authorised app removed"),
        ] {
            assert_eq!(apps_ended(&json!({ "revoked": revoked, "apps_removed": removed })), said);
        }
    }
}
