//! A server that answers what it reads, and knows what of that an app is to see.

use std::collections::VecDeque;

use super::reader::Reader;
use crate::input::Choices;

/// Capabilities that an app must not see.
const HIDDEN: [&str; 4] = ["SASL", "STARTTLS", "unauthenticate", "XCLIENT"];

pub(super) struct Server<'a> {
    reader: Reader,
    /// What was said and is on its way.
    said: VecDeque<u8>,
    /// What the app is to see and has not seen yet.
    to_be_seen: VecDeque<u8>,
    /// Where in what the app sees a line has ended.
    ends: VecDeque<usize>,
    written: usize,
    seen: usize,
    /// What names and scripts are made of.
    data: &'a [u8],
}

impl<'a> Server<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let (said, to_be_seen, ends) = (VecDeque::new(), VecDeque::new(), VecDeque::from([0]));
        Self { reader: Reader::default(), said, to_be_seen, ends, written: 0, seen: 0, data }
    }

    pub(super) fn read(&mut self, bytes: &[u8], choices: &mut Choices) {
        self.reader.push(bytes);
        while let Some(verb) = self.reader.command() {
            self.answer(&verb, choices);
        }
    }

    /// So much of what it has said.
    pub(super) fn say(&mut self, most: usize) -> Vec<u8> {
        let now = most.min(self.said.len());
        self.said.drain(..now).collect()
    }

    /// The app is shown this.
    pub(super) fn hear(&mut self, shown: &[u8]) {
        for byte in shown {
            assert_eq!(self.to_be_seen.pop_front(), Some(*byte), "the app sees {:?}", String::from_utf8_lossy(shown));
        }
        self.seen += shown.len();
        while self.ends.get(1).is_some_and(|end| *end <= self.seen) {
            self.ends.pop_front();
        }
    }

    pub(super) fn is_between_lines(&self) -> bool {
        self.ends.front() == Some(&self.seen)
    }

    pub(super) fn is_heard(&self) -> bool {
        self.said.is_empty() && self.to_be_seen.is_empty()
    }

    fn answer(&mut self, verb: &str, choices: &mut Choices) {
        match verb {
            "CAPABILITY" => {
                for _ in 0..choices.below(6) {
                    self.capability(choices);
                }
            }
            // A script may have any name.
            "LISTSCRIPTS" => {
                for _ in 0..choices.below(4) {
                    let name = if choices.yes() { b"\"SASL\"".to_vec() } else { self.string(choices) };
                    let active: &[u8] = if choices.yes() { b" ACTIVE" } else { b"" };
                    self.line(&[&name, active].concat(), true);
                }
            }
            "GETSCRIPT" if choices.yes() => {
                let script = self.string(choices);
                self.line(&script, true);
            }
            _ => {}
        }
        let word: &[u8] = if choices.yes() { b"OK" } else { b"NO" };
        let text = self.string(choices);
        match choices.below(6) {
            0 => self.line(word, true),
            1 => self.line(&[word, b" ", &text].concat(), true),
            2 => self.line(&[word, b" (QUOTA/MAXSIZE) ", &text].concat(), true),
            3 => self.line(&[word, b" (TAG ", &text, b") \"{5}\""].concat(), true),
            // Not by the grammar, and a line all the same.
            4 => self.line(&[word, b" {5} no {} {x}"].concat(), true),
            _ => self.line(&[word, b" (WARNINGS) ", &text].concat(), true),
        }
    }

    fn capability(&mut self, choices: &mut Choices) {
        let is_hidden = choices.yes();
        let name = if is_hidden { HIDDEN[usize::from(choices.below(4))] } else { "NOTIFY" };
        let name = if choices.yes() { format!("\"{name}\"") } else { format!("{{{}}}\r\n{name}", name.len()) };
        let value = if choices.yes() { [b" ".to_vec(), self.string(choices)].concat() } else { Vec::new() };
        self.line(&[name.into_bytes(), value].concat(), !is_hidden);
    }

    /// Some of the data, as a string in either form.
    fn string(&mut self, choices: &mut Choices) -> Vec<u8> {
        let (some, rest) = self.data.split_at((usize::from(choices.byte()) * 4).min(self.data.len()));
        self.data = rest;
        if choices.yes() {
            let plus = if choices.yes() { "+" } else { "" };
            return [format!("{{{}{plus}}}\r\n", some.len()).as_bytes(), some].concat();
        }
        let mut quoted = b"\"".to_vec();
        for byte in String::from_utf8_lossy(some).bytes().filter(|b| !matches!(b, b'\r' | b'\n' | 0)) {
            if matches!(byte, b'"' | b'\\') {
                quoted.push(b'\\');
            }
            quoted.push(byte);
        }
        quoted.push(b'"');
        quoted
    }

    fn line(&mut self, line: &[u8], is_seen: bool) {
        let bytes = [line, b"\r\n"].concat();
        self.said.extend(&bytes);
        if is_seen {
            self.to_be_seen.extend(&bytes);
            self.written += bytes.len();
            self.ends.push_back(self.written);
        }
    }
}
