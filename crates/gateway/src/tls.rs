//! TLS over rustls' unbuffered interface, which keeps no buffer of its own: what a waiting connection costs is its keys.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use zeroize::Zeroize;

use crate::buffers::add_wiping;

/// One connection's TLS, without its socket.
pub(crate) struct Tls {
    inner: UnbufferedServerConnection,
    /// Ciphertext that is not a whole record yet. Holds no memory while empty.
    incoming: Vec<u8>,
    stage: Stage,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing may be sent yet.
    Handshaking,
    /// Both sides may send.
    Open,
    /// The other side has said that it sends no more.
    PeerClosed,
}

/// What may be done with a connection that is open, at the end of [`Tls::pump`].
#[derive(Clone, Copy)]
enum Finally<'a> {
    Nothing,
    Encrypt(&'a [u8]),
    SayGoodbye,
}

impl Tls {
    pub(crate) fn new(config: &Arc<ServerConfig>) -> Result<Self, rustls::Error> {
        let inner = UnbufferedServerConnection::new(Arc::clone(config))?;
        Ok(Self { inner, incoming: Vec::new(), stage: Stage::Handshaking })
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// Takes ciphertext in, adds what was said to `plain`, and what must be answered to `out`. After an error, `out` holds
    /// the alert that tells the other side.
    pub(crate) fn receive(
        &mut self,
        ciphertext: &mut [u8],
        plain: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), rustls::Error> {
        if self.incoming.is_empty() {
            // The usual case: whole records, decrypted without being copied first.
            let used = self.pump_slice(ciphertext, plain, out, Finally::Nothing)?;
            self.incoming.extend_from_slice(&ciphertext[used..]);
        } else {
            self.incoming.extend_from_slice(ciphertext);
            self.pump(plain, out, Finally::Nothing)?;
        }
        Ok(())
    }

    /// Adds the ciphertext of `text` to `out`. Only when [`Stage::Open`] or [`Stage::PeerClosed`].
    pub(crate) fn encrypt(&mut self, text: &[u8], plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), rustls::Error> {
        self.pump(plain, out, Finally::Encrypt(text))
    }

    /// Adds to `out` that we send no more.
    pub(crate) fn say_goodbye(&mut self, out: &mut Vec<u8>) {
        // That it cannot be said any more changes nothing: the sockets are closed next.
        drop(self.pump(&mut Vec::new(), out, Finally::SayGoodbye));
    }

    fn pump(&mut self, plain: &mut Vec<u8>, out: &mut Vec<u8>, finally: Finally<'_>) -> Result<(), rustls::Error> {
        let mut incoming = std::mem::take(&mut self.incoming);
        let used = self.pump_slice(&mut incoming, plain, out, finally);
        // TLS was taken off in place.
        let done_with = *used.as_ref().unwrap_or(&incoming.len());
        incoming[..done_with].zeroize();
        let used = used?;
        if used < incoming.len() {
            incoming.drain(..used);
            self.incoming = incoming;
        }
        Ok(())
    }

    /// Works through the records in `incoming`; gives how many bytes it has done with.
    fn pump_slice(
        &mut self,
        incoming: &mut [u8],
        plain: &mut Vec<u8>,
        out: &mut Vec<u8>,
        finally: Finally<'_>,
    ) -> Result<usize, rustls::Error> {
        let mut used = 0;
        loop {
            let UnbufferedStatus { mut discard, state } = self.inner.process_tls_records(&mut incoming[used..]);
            let mut done = false;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        add_wiping(plain, record.payload);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    write_all(out, |space| data.encode(space).map_err(|e| needed_to_encode(&e)));
                }
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(), // it is in `out`
                Ok(ConnectionState::PeerClosed) => self.stage = Stage::PeerClosed,
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    if self.stage == Stage::Handshaking {
                        self.stage = Stage::Open;
                    }
                    finish(&mut traffic, finally, out);
                    done = true;
                }
                Ok(_) => done = true, // blocked in the handshake, or closed on both sides
                Err(error) => {
                    self.alert(out);
                    return Err(error);
                }
            }
            used += discard;
            if done {
                return Ok(used);
            }
        }
    }

    /// After an error, what is left to send is the alert.
    fn alert(&mut self, out: &mut Vec<u8>) {
        while let Ok(ConnectionState::EncodeTlsData(mut data)) = self.inner.process_tls_records(&mut []).state {
            write_all(out, |space| data.encode(space).map_err(|e| needed_to_encode(&e)));
        }
    }
}

fn finish<D>(traffic: &mut WriteTraffic<'_, D>, finally: Finally<'_>, out: &mut Vec<u8>) {
    match finally {
        Finally::Nothing => {}
        Finally::Encrypt(text) => {
            write_all(out, |space| traffic.encrypt(text, space).map_err(|e| needed_to_encrypt(&e)));
        }
        Finally::SayGoodbye => {
            write_all(out, |space| traffic.queue_close_notify(space).map_err(|e| needed_to_encrypt(&e)));
        }
    }
}

/// Lets `write` write behind what is in `out`, with as much space as it says it needs. What cannot be written at all is
/// not: the connection is found broken when it is next used.
fn write_all(out: &mut Vec<u8>, mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>) {
    let start = out.len();
    let mut space = 0;
    loop {
        out.resize(start + space, 0);
        match write(&mut out[start..]) {
            Ok(written) => return out.truncate(start + written),
            Err(Some(needed)) if needed > space => space = needed,
            Err(_) => return out.truncate(start),
        }
    }
}

fn needed_to_encode(error: &EncodeError) -> Option<usize> {
    match error {
        EncodeError::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
        EncodeError::AlreadyEncoded => None,
    }
}

fn needed_to_encrypt(error: &EncryptError) -> Option<usize> {
    match error {
        EncryptError::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
        EncryptError::EncryptExhausted => None,
    }
}
