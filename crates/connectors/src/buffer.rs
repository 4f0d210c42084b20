//! What a connection has sent and nobody has looked at yet. There are passwords in it: nothing of it is left behind.

use std::io;

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use zeroize::{Zeroize as _, Zeroizing};

/// How much is read at a time at least.
const ROOM: usize = 1024;
/// How much room is kept while there is nothing in it: connections are many, and long messages few.
const KEPT: usize = 8 * ROOM;
/// With how much at hand no more is read before it is answered.
const AT_ONCE: usize = 16 * ROOM;

/// Bytes that were heard.
pub(crate) struct Buffer {
    bytes: Zeroizing<Vec<u8>>,
    /// How many of them were used.
    used: usize,
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(ROOM)), used: 0 }
    }

    /// What is still to be looked at.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.used..]
    }

    /// Forgets what was used.
    pub(crate) fn forget(&mut self, used: usize) {
        self.bytes[self.used..self.used + used].zeroize();
        self.used += used;
        if self.used == self.bytes.len() {
            self.bytes.clear();
            self.used = 0;
            if self.bytes.capacity() > KEPT {
                *self = Self::new();
            }
        }
    }

    /// Waits until something can be read, and reads all that is there: a server that asks much at once gets its answers at
    /// once. Gives how much it was, zero at the end. Nothing is lost if it is not waited for.
    pub(crate) async fn read(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        let mut read = stream.read_buf(self.room()).await?;
        while self.bytes.len() == self.bytes.capacity() && self.bytes.len() < AT_ONCE {
            match stream.read_buf(self.room()).now_or_never() {
                Some(Ok(more)) if more > 0 => read += more,
                // An end that is found here is found again.
                _ => break,
            }
        }
        Ok(read)
    }

    /// Where to read on, with room for some more.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        if self.used > 0 {
            let left = self.bytes.len() - self.used;
            self.bytes.copy_within(self.used.., 0);
            self.bytes[left..].zeroize();
            self.bytes.truncate(left);
            self.used = 0;
        }
        if self.bytes.capacity() - self.bytes.len() < ROOM {
            // Growing in place would leave a copy where the bytes were.
            let mut larger = Zeroizing::new(Vec::with_capacity((self.bytes.capacity() * 2).max(ROOM * 2)));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        &mut self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_kept_and_what_was_used_is_not() {
        let mut buffer = Buffer::new();
        let sent: Vec<u8> = (0..5000_u32).map(|n| (n % 251) as u8).collect();
        let mut seen = Vec::new();
        for piece in sent.chunks(700) {
            let room = buffer.room();
            assert!(room.capacity() - room.len() >= ROOM);
            room.extend_from_slice(piece);
            let take = buffer.bytes().len() * 2 / 3;
            seen.extend_from_slice(&buffer.bytes()[..take]);
            buffer.forget(take);
        }
        seen.extend_from_slice(buffer.bytes());
        assert_eq!(seen, sent);
        let rest = buffer.bytes().len();
        buffer.forget(rest);
        assert!(buffer.bytes().is_empty() && buffer.bytes.is_empty());
    }

    #[tokio::test]
    async fn what_is_there_is_read_at_once_but_not_without_end() {
        let sent = vec![7; 3 * AT_ONCE];
        let (mut buffer, mut stream) = (Buffer::new(), &sent[..5 * ROOM]);
        assert_eq!(buffer.read(&mut stream).await.unwrap(), 5 * ROOM);
        assert_eq!(buffer.bytes(), &sent[..5 * ROOM]);
        assert_eq!(buffer.read(&mut stream).await.unwrap(), 0);
        let (mut buffer, mut stream) = (Buffer::new(), &sent[..]);
        let read = buffer.read(&mut stream).await.unwrap();
        assert!((AT_ONCE..2 * AT_ONCE).contains(&read) && buffer.bytes().len() == read, "{read}");
    }

    #[test]
    fn what_a_long_message_needed_is_given_back() {
        let mut buffer = Buffer::new();
        for _ in 0..100 {
            buffer.room().extend_from_slice(&[7; ROOM]);
        }
        assert!(buffer.bytes.capacity() >= 100 * ROOM);
        buffer.forget(100 * ROOM - 1);
        assert_eq!(buffer.bytes(), [7]);
        buffer.forget(1);
        assert!(buffer.bytes().is_empty() && buffer.bytes.capacity() <= KEPT);
        buffer.room().push(8);
        assert_eq!(buffer.bytes(), [8]);
    }
}
