//! The log: one line of `key=value` for each event, in UTC, to standard error.
//!
//! Lines are gathered for some milliseconds and written by a thread of their own, so that no sign-in waits for whoever
//! reads them. What a stuck reader leaves no room for is dropped and counted.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, registry};
use valetkey_domain::Clock;

use crate::clock::SystemClock;

/// How long lines are gathered before they are written.
const GATHERING: Duration = Duration::from_millis(10);
/// What is kept for a reader that does not read.
const BUFFER_MAX: usize = 1024 * 1024;

/// Writes what is left when dropped.
pub(crate) struct Log {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    buffer: Mutex<Buffer>,
}

#[derive(Default)]
struct Buffer {
    lines: Vec<u8>,
    dropped: u64,
    closed: bool,
    writer: Option<Thread>,
}

/// Reads a filter: `info`, `valetkey_gateway=debug,info`.
pub(crate) fn filter(text: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::try_new(text).map_err(|e| LogError::Filter(e.to_string()))
}

/// Begins the log, with a filter's text.
pub(crate) fn begin(filter: &str) -> Result<Log, LogError> {
    let filter = self::filter(filter)?;
    let shared = Arc::new(Shared { buffer: Mutex::default() });
    let writing = Arc::clone(&shared);
    let writer =
        std::thread::Builder::new().name("log".into()).spawn(move || write(&writing)).map_err(LogError::Thread)?;
    shared.lock().writer = Some(writer.thread().clone());
    registry().with(Lines(Arc::clone(&shared)).with_filter(filter)).try_init().map_err(|_| LogError::Twice)?;
    Ok(Log { shared, writer: Some(writer) })
}

/// Why the log cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    #[error("the log filter cannot be read: {0}; write one as 'info' or 'warn,valetkey_gateway=debug'")]
    Filter(String),
    #[error("the log's thread does not start")]
    Thread(#[source] std::io::Error),
    #[error("there is a log already")]
    Twice,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        if let Some(writer) = self.writer.take() {
            writer.thread().unpark();
            // A log that panicked has nothing more to say.
            drop(writer.join());
        }
    }
}

fn write(shared: &Shared) {
    loop {
        let (mut lines, dropped, closed) = {
            let mut buffer = shared.lock();
            (std::mem::take(&mut buffer.lines), std::mem::take(&mut buffer.dropped), buffer.closed)
        };
        if dropped > 0 {
            let now = SystemClock.now();
            let _fits = writeln!(lines, "time={now} level=warn message=\"log lines were dropped\" lines={dropped}");
        }
        // Nobody is left to tell that the log cannot be written.
        drop(std::io::stderr().lock().write_all(&lines));
        if closed && lines.is_empty() {
            return;
        }
        if lines.is_empty() {
            std::thread::park();
        }
        if !closed {
            std::thread::park_timeout(GATHERING);
        }
    }
}

struct Lines(Arc<Shared>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = String::with_capacity(256);
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        let _fits = write!(line, "time={} level={level}", SystemClock.now());
        if event.metadata().target() == "sign-in" {
            line.push_str(" event=sign-in");
        }
        event.record(&mut Fields(&mut line));
        line.push('\n');
        let mut buffer = self.0.lock();
        if buffer.lines.len() + line.len() > BUFFER_MAX {
            buffer.dropped += 1;
            return;
        }
        let was_empty = buffer.lines.is_empty();
        buffer.lines.extend_from_slice(line.as_bytes());
        if was_empty && let Some(writer) = &buffer.writer {
            writer.unpark();
        }
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push(' ');
        self.0.push_str(field.name());
        self.0.push('=');
        quoted(value, self.0);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        let _fits = write!(text, "{value:?}");
        self.record_str(field, &text);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record_str(field, if value { "yes" } else { "no" });
    }
}

/// As it is if it is one plain word; else in quotes, so that nothing an app sends can end a line or forge a key.
fn quoted(value: &str, out: &mut String) {
    let plain = |c: char| c.is_alphanumeric() || "-_.:/@+,~[]()%".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        out.push_str(value);
        return;
    }
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                let _fits = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn nothing_can_end_a_line_or_forge_a_key() {
        let shown = |value: &str| {
            let mut out = String::new();
            quoted(value, &mut out);
            out
        };
        assert_eq!(shown("ada@example.org"), "ada@example.org");
        assert_eq!(shown("2001:db8::1"), "2001:db8::1");
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown("a b"), "\"a b\"");
        assert_eq!(shown("x outcome=accepted\n"), "\"x outcome=accepted\\n\"");
        assert_eq!(shown("a=\"b\""), "\"a=\\\"b\\\"\"");
        assert_eq!(shown("a\u{202e}b\u{1b}"), "\"a\\u{202e}b\\u{1b}\"");
    }
}
