//! TLS over rustls' unbuffered interface, which keeps no buffer of its own: what a waiting connection costs is its keys.

use std::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus, WriteTraffic,
};
use rustls::{ClientConfig, ServerConfig};
use zeroize::Zeroize;

use crate::buffers::add_wiping;

/// One connection's TLS, without its socket.
pub(crate) struct Tls {
    role: Role,
    /// Ciphertext that is not a whole record yet. Holds no memory while empty.
    incoming: Vec<u8>,
    stage: Stage,
}

/// Which side of the handshake is ours: towards apps the server's, towards a server behind the client's.
enum Role {
    Server(UnbufferedServerConnection),
    Client(UnbufferedClientConnection),
}

/// What both roles' connections can do.
trait Records {
    type Data;
    fn process<'c, 'i>(&'c mut self, incoming: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Records for UnbufferedServerConnection {
    type Data = ServerConnectionData;
    fn process<'c, 'i>(&'c mut self, incoming: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }
}

impl Records for UnbufferedClientConnection {
    type Data = ClientConnectionData;
    fn process<'c, 'i>(&'c mut self, incoming: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }
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
    /// Towards an app.
    pub(crate) fn server(config: &Arc<ServerConfig>) -> Result<Self, rustls::Error> {
        UnbufferedServerConnection::new(Arc::clone(config)).map(|inner| Self::new(Role::Server(inner)))
    }

    /// Towards a server behind, of which the certificate must have this name. Adds what opens the handshake to `out`.
    pub(crate) fn client(
        config: &Arc<ClientConfig>,
        name: ServerName<'static>,
        out: &mut Vec<u8>,
    ) -> Result<Self, rustls::Error> {
        let mut tls = Self::new(Role::Client(UnbufferedClientConnection::new(Arc::clone(config), name)?));
        tls.pump(&mut Vec::new(), out, Finally::Nothing)?;
        Ok(tls)
    }

    fn new(role: Role) -> Self {
        Self { role, incoming: Vec::new(), stage: Stage::Handshaking }
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

    fn pump_slice(
        &mut self,
        incoming: &mut [u8],
        plain: &mut Vec<u8>,
        out: &mut Vec<u8>,
        finally: Finally<'_>,
    ) -> Result<usize, rustls::Error> {
        match &mut self.role {
            Role::Server(inner) => pump(inner, &mut self.stage, incoming, plain, out, finally),
            Role::Client(inner) => pump(inner, &mut self.stage, incoming, plain, out, finally),
        }
    }
}

/// Works through the records in `incoming`; gives how many bytes it has done with.
fn pump<R: Records>(
    records: &mut R,
    stage: &mut Stage,
    incoming: &mut [u8],
    plain: &mut Vec<u8>,
    out: &mut Vec<u8>,
    finally: Finally<'_>,
) -> Result<usize, rustls::Error> {
    let mut used = 0;
    loop {
        let UnbufferedStatus { mut discard, state } = records.process(&mut incoming[used..]);
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
            Ok(ConnectionState::PeerClosed) => *stage = Stage::PeerClosed,
            Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                if *stage == Stage::Handshaking {
                    *stage = Stage::Open;
                }
                finish(&mut traffic, finally, out);
                done = true;
            }
            Ok(_) => done = true, // blocked in the handshake, or closed on both sides
            Err(error) => {
                alert(records, out);
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
fn alert<R: Records>(records: &mut R, out: &mut Vec<u8>) {
    while let Ok(ConnectionState::EncodeTlsData(mut data)) = records.process(&mut []).state {
        write_all(out, |space| data.encode(space).map_err(|e| needed_to_encode(&e)));
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
