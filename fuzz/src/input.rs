//! How an input of the conversations is written: a first line of choices, then the stream.
//!
//! Inputs are text that a person can write. A long run fits a short file: the byte 0x01 and a byte `n` behind it stand
//! for `n * 512` repetitions of the byte before, since limits are out of the reach of libFuzzer's short inputs.

use std::borrow::Cow;

/// Marks a long run.
const RUN: u8 = 1;
/// How many repetitions one step of a run is.
const RUN_STEP: usize = 512;
/// The longest stream: over every limit of a line, and short enough to be quick.
const STREAM_BYTES_MAX: usize = 100_000;

/// Decisions that are taken one by one, and begin anew where they end.
pub struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Choices<'a> {
    /// Takes them from an input's first line.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next one; 0 if there are none at all.
    pub fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at = if self.at + 1 < self.bytes.len() { self.at + 1 } else { 0 };
        byte
    }

    /// The next one, as a number below `bound`.
    pub fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    /// The next one, as yes or no.
    pub fn yes(&mut self) -> bool {
        self.byte() & 1 == 1
    }
}

/// Takes an input apart: the line of choices, and what follows.
pub fn choices_and_rest(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|b| *b == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (&[], data),
    }
}

/// The stream with its long runs written out.
pub fn stream(written: &[u8]) -> Cow<'_, [u8]> {
    if !written.contains(&RUN) {
        return Cow::Borrowed(written);
    }
    let mut stream: Vec<u8> = Vec::new();
    let mut bytes = written.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == RUN {
            let (last, steps) = (stream.last().copied().unwrap_or(b'x'), bytes.next().unwrap_or(0));
            let run = usize::from(steps) * RUN_STEP;
            stream.extend(std::iter::repeat_n(last, run.min(STREAM_BYTES_MAX.saturating_sub(stream.len()))));
        } else {
            stream.push(byte);
        }
    }
    Cow::Owned(stream)
}

/// Cuts a stream into pieces, of up to 256 bytes each or as many as are left.
pub fn pieces<'a>(mut stream: &'a [u8], choices: &mut Choices) -> Vec<&'a [u8]> {
    // Long streams are cut into long pieces, so that looking at each again and again stays quick.
    let scale = 1 + stream.len() / 4096;
    let mut pieces = Vec::new();
    while !stream.is_empty() {
        let (piece, rest) = stream.split_at((scale * (1 + usize::from(choices.byte()))).min(stream.len()));
        pieces.push(piece);
        stream = rest;
    }
    pieces
}
