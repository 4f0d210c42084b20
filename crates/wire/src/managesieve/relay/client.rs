//! The app's stream, on its way upstream.

use super::super::lex::{Reader, Sender, Stop, Text, quote};
use super::{Client, ClosedBecause, OUTSTANDING_MAX, Relay};

/// The longest command that is passed on, without its script.
const COMMAND_BYTES_MAX: usize = 8192;
/// The longest script. Servers take less: Dovecot a MiB.
const SCRIPT_BYTES_MAX: u32 = 16 * 1024 * 1024;
/// The longest name: servers take 128 characters (RFC 5804 section 1.6).
const NAME_BYTES_MAX: usize = 512;
/// The longest quoted string (RFC 5804 section 4).
const QUOTED_BYTES_MAX: usize = 1024;
/// What goes in the place of a command that must not go upstream.
const UNKNOWN: &[u8] = b"XREFUSED\r\n";

/// Where in the app's stream the next byte stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    /// At the beginning of a command.
    #[default]
    Command,
    /// In a script, of which so many bytes are left.
    Script { left: usize },
    /// Behind a script: its command's line ends here.
    BehindScript,
}

impl State {
    pub(super) fn is_in_script(self) -> bool {
        self != Self::Command
    }
}

impl Relay {
    /// Looks at the app's bytes. Call it again until it waits or there are none left.
    pub(super) fn pass_client(&mut self, input: &[u8]) -> Client {
        if input.is_empty() {
            return Client::Wait;
        }
        match self.client {
            State::Script { left: 0 } | State::BehindScript => self.behind_script(input),
            State::Script { left } => {
                let now = left.min(input.len());
                self.client = State::Script { left: left - now };
                Client::Forward(now)
            }
            State::Command if self.outstanding.len() >= OUTSTANDING_MAX => Client::Wait,
            State::Command => self.command(input),
        }
    }

    fn behind_script(&mut self, input: &[u8]) -> Client {
        self.client = State::BehindScript;
        let mut reader = Reader::new(input, 2, Sender::App);
        match reader.line_end() {
            Ok(()) => {
                self.client = State::Command;
                Client::Forward(2)
            }
            Err(Stop::Incomplete) => Client::Wait,
            Err(Stop::Malformed | Stop::TooLong) => Client::Close(ClosedBecause::Malformed),
        }
    }

    fn command(&mut self, input: &[u8]) -> Client {
        let mut reader = Reader::new(input, COMMAND_BYTES_MAX, Sender::App);
        match Command::read(&mut reader) {
            Ok(command) => {
                self.outstanding.push_back(command.is_capability);
                if let Some(left) = command.script {
                    self.client = State::Script { left };
                }
                Client::Replace(reader.at(), command.anew)
            }
            Err(Stop::Incomplete) => Client::Wait,
            Err(Stop::TooLong) => Client::Close(ClosedBecause::LineTooLong),
            Err(Stop::Malformed) => Client::Close(ClosedBecause::Malformed),
        }
    }
}

/// A command as it goes upstream.
#[derive(Default)]
struct Command {
    anew: Vec<u8>,
    is_capability: bool,
    /// The size of the script that follows as a literal.
    script: Option<usize>,
}

impl Command {
    /// Reads a command, up to its script if that is a literal.
    fn read(reader: &mut Reader) -> Result<Self, Stop> {
        let verb = reader.verb()?;
        let mut command = Self { anew: verb.clone(), is_capability: verb == b"CAPABILITY", script: None };
        match verb.as_slice() {
            b"CAPABILITY" | b"LISTSCRIPTS" | b"LOGOUT" => {}
            b"NOOP" => {
                if reader.peek()? == b' ' {
                    command.argument(&argument(reader)?)?;
                }
            }
            b"HAVESPACE" => {
                command.name(reader)?;
                reader.expect(b' ')?;
                let number = reader.number()?;
                command.anew.extend_from_slice(format!(" {number}").as_bytes());
            }
            b"GETSCRIPT" | b"DELETESCRIPT" => command.name(reader)?,
            // None is active behind an empty name.
            b"SETACTIVE" => {
                let name = argument(reader)?;
                if name.is_empty() { command.argument(&name)? } else { command.checked_name(&name)? }
            }
            b"RENAMESCRIPT" => {
                command.name(reader)?;
                command.name(reader)?;
            }
            b"PUTSCRIPT" => {
                command.name(reader)?;
                return command.with_script(reader);
            }
            b"CHECKSCRIPT" => return command.with_script(reader),
            _ => {
                reader.arguments()?;
                return Ok(Self { anew: UNKNOWN.to_vec(), ..Self::default() });
            }
        }
        command.ended(reader)
    }

    fn ended(mut self, reader: &mut Reader) -> Result<Self, Stop> {
        reader.line_end()?;
        self.anew.extend_from_slice(b"\r\n");
        Ok(self)
    }

    fn with_script(mut self, reader: &mut Reader) -> Result<Self, Stop> {
        reader.expect(b' ')?;
        if reader.peek()? == b'"' {
            let script = reader.string()?;
            self.argument(&script)?;
            return self.ended(reader);
        }
        let size = reader.announcement()?;
        if size > SCRIPT_BYTES_MAX {
            return Err(Stop::TooLong);
        }
        self.anew.extend_from_slice(format!(" {{{size}+}}\r\n").as_bytes());
        self.script = Some(usize::try_from(size).map_err(|_| Stop::TooLong)?);
        Ok(self)
    }

    fn name(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        self.checked_name(&argument(reader)?)
    }

    /// A script's name as servers must take it (RFC 5804 section 1.6): they read others in different ways.
    fn checked_name(&mut self, name: &[u8]) -> Result<(), Stop> {
        let text = std::str::from_utf8(name).map_err(|_| Stop::Malformed)?;
        let is_name = !text.is_empty() && !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
        if !is_name {
            return Err(Stop::Malformed);
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(Stop::TooLong);
        }
        self.argument(name)
    }

    /// A string, if it can be a quoted one.
    fn argument(&mut self, text: &[u8]) -> Result<(), Stop> {
        if text.len() > QUOTED_BYTES_MAX {
            return Err(Stop::TooLong);
        }
        if std::str::from_utf8(text).is_err() || text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            return Err(Stop::Malformed);
        }
        self.anew.push(b' ');
        quote(text, &mut self.anew);
        Ok(())
    }
}

/// A blank and a string.
fn argument(reader: &mut Reader) -> Result<Text, Stop> {
    reader.expect(b' ')?;
    reader.string()
}
