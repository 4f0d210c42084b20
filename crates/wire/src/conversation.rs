//! What the conversations of all protocols have in common in which apps sign in through the gateway: one before the
//! sign-in, one with the server behind, and one between the two afterwards.
//!
//! A protocol is three types that own no socket: a [`Session`] that hears the app, an [`Upstream`] that signs in for the
//! account's owner, and a [`Relay`] that follows both streams. Bytes go in; bytes and decisions come out.

pub(crate) mod attempts;

use std::net::SocketAddr;

use zeroize::Zeroizing;

use crate::sasl::Credentials;

/// A conversation with an app that has not signed in.
pub trait Session: Sized {
    /// How the server behind is signed in to.
    type Upstream: Upstream;
    /// What follows.
    type Relay: Relay;

    /// Writes the greeting.
    fn greet(&self, out: &mut Vec<u8>);

    /// Looks at the bytes received so far. Gives how many of them it has done with, and what to do; call it again while
    /// it has done with some or has written something.
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event);

    /// The same conversation after TLS has begun: everything that was said in clear is forgotten.
    #[must_use]
    fn after_tls(self) -> Self;

    /// Whether a greeting follows once TLS has begun inside the conversation (RFC 5804 section 2.2).
    fn greets_after_tls() -> bool {
        false
    }

    /// What is said to the server behind before TLS, where that begins inside the conversation and not with it.
    fn before_tls_upstream() -> Option<Box<dyn Upstream<SignedIn = ()> + Send>> {
        None
    }

    /// Whether what the app says is encrypted on its way.
    fn is_encrypted(&self) -> bool;

    /// How often the app has sent what is no command, or comes too early.
    fn mistakes(&self) -> u32;

    /// What the app calls itself, if it said so.
    fn client(&self) -> Option<&str>;

    /// The attempt was refused; with advice for the app's owner, in one line.
    fn refused(&mut self, advice: Option<&str>, out: &mut Vec<u8>) -> Event;

    /// The attempt was refused: its token is good, and does not open this service.
    fn lacks_scope(&mut self, out: &mut Vec<u8>) -> Event;

    /// Nobody knows, or the server behind cannot be reached: the app is to try again later.
    fn unavailable(&mut self, out: &mut Vec<u8>) -> Event;

    /// The account has as many connections as it may have.
    fn too_many_connections(&mut self, out: &mut Vec<u8>) -> Event;

    /// The server behind said no for a reason of its own, which is passed on.
    fn turned_away(&mut self, said: &str, out: &mut Vec<u8>) -> Event;

    /// The attempt was accepted: the sign-in upstream.
    fn upstream(&self, whom: &Whom<'_>) -> Self::Upstream;

    /// The attempt was accepted, upstream as well: writes what the app is told, and goes on with both streams.
    fn accepted(self, signed_in: <Self::Upstream as Upstream>::SignedIn, out: &mut Vec<u8>) -> Self::Relay;

    /// What an app is told whose connection is closed for a reason that is not its own; nothing where the protocol has no
    /// word for it.
    fn farewell(why: Farewell) -> &'static [u8];
}

/// What the driver of a conversation before the sign-in is to do.
pub enum Event {
    /// Send what was written, and come back with more bytes.
    More,
    /// Decide this attempt, then call [`Session::refused`], [`Session::unavailable`] or one of the others.
    Attempt(Credentials),
    /// Send what was written, throw away every byte that was received, and begin TLS; then go on with
    /// [`Session::after_tls`].
    StartTls,
    /// Send what was written and close.
    Close(Closing),
}

/// Why a connection is closed before the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The app is done.
    Logout,
    /// A command is longer than any may be.
    TooLong,
    /// Too many commands that are none.
    Mistakes,
    /// Too many refused sign-ins.
    Refusals,
    /// It sent what cannot be followed: a line end that is none, or data that nobody asked for.
    OutOfStep,
    /// The account has as many connections as it may have, and the protocol's word for it is the last one.
    TooManyConnections,
}

/// Commands that are none, or come too early, before a connection is closed.
pub const MISTAKES_MAX: u32 = 20;
/// Refused sign-ins before a connection is closed.
pub const REFUSALS_MAX: u32 = 5;

/// Why a connection is closed, as far as an app may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// Too many connections have not signed in. Said before anything else.
    Crowded,
    /// Signing in took too long.
    Slow,
    /// Its app password does not work any more.
    Revoked,
    /// It came with a token, and its owner's authorisation has ended.
    Removed,
    /// Its owner signed out this connection.
    SignedOut,
    /// Nothing has passed for too long.
    Idle,
    /// The gateway restarts.
    ShuttingDown,
    /// Nobody can say any more whether its app password still works.
    Unavailable,
}

/// For whom the gateway signs in upstream, and how.
pub struct Whom<'a> {
    /// The account's canonical login name.
    pub login: &'a str,
    /// The addresses that are the account's own: its login names with a domain.
    pub addresses: &'a [String],
    /// Who may act for everybody there. Nobody where the server takes the gateway's word without a secret.
    pub master: Master<'a>,
    /// Where the client's own connection came from, if that is to be handed on.
    pub forwarded: Option<Forwarded>,
}

/// A master user of the server behind.
#[derive(Clone, Copy, Default)]
pub struct Master<'a> {
    /// Its name.
    pub user: &'a str,
    /// Its secret.
    pub secret: &'a [u8],
}

/// The client's own connection, handed on to the upstream.
#[derive(Clone, Debug)]
pub struct Forwarded {
    /// The client's address.
    pub client: SocketAddr,
    /// Where it connected to.
    pub connected_to: SocketAddr,
    /// Names the connection in both servers' logs, as long as this one runs.
    pub session: String,
}

impl Forwarded {
    /// The command by which Dovecot's POP3 and `ManageSieve` are told, with its line end: bare words, since Dovecot takes no
    /// quoted ones. It needs the gateway in `login_trusted_networks`.
    pub(crate) fn xclient(&self) -> String {
        let session: String =
            self.session.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).collect();
        // Dovecot counts hops down to stop loops.
        format!(
            "XCLIENT ADDR={} PORT={} SESSION={session} TTL=4\r\n",
            self.client.ip().to_canonical(),
            self.client.port()
        )
    }
}

/// A sign-in upstream that is under way. Nothing is sent before the server's greeting.
pub trait Upstream {
    /// What is known once it has succeeded.
    type SignedIn;

    /// Looks at the bytes received so far. Gives how many of them it has done with; call it again while it has done
    /// with some.
    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<Self::SignedIn>);
}

/// How a sign-in upstream goes on.
pub enum UpstreamStep<T> {
    /// Send what was written, and come back with more bytes.
    More,
    /// Signed in.
    Done(T),
    /// It failed.
    Failed(UpstreamError),
}

/// Why a sign-in upstream failed. To the app it is never a wrong password: its own was right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The server does not take the gateway's word: the master user's name or secret is wrong, or the mailbox unknown.
    #[error("the upstream refused the gateway's sign-in: {0}")]
    Refused(String),
    /// The server said no for a reason that concerns the app; to be passed on.
    #[error("the upstream turned the account away: {0}")]
    TurnedAway(String),
    /// The server does not want to talk now.
    #[error("the upstream said goodbye: {0}")]
    Bye(String),
    /// What it said was not understood.
    #[error("the upstream does not speak the protocol as expected: {0}")]
    Unexpected(String),
    /// It takes no passwords on this connection.
    #[error("the upstream takes no passwords on this connection: it wants TLS, or the gateway in its trusted networks")]
    LoginDisabled,
    /// It cannot be talked to by TLS.
    #[error("the upstream does not begin TLS: {0}")]
    NoTls(String),
    /// It does not let the gateway say for whom it acts.
    #[error("the upstream does not let the gateway sign in for others: {0}")]
    NotTrusted(String),
}

/// The conversation after the sign-in, between an app and the server behind.
pub trait Relay: Send {
    /// Looks at the app's bytes. Call it again until it waits or there are none left.
    fn client_said(&mut self, input: &[u8]) -> Client;

    /// Looks at the server's bytes. Call it again until it waits or there are none left.
    fn server_said(&mut self, input: &[u8]) -> Server;

    /// Whether the server's stream stands where a farewell, or an answer of the gateway's own, can be put.
    fn is_between_lines(&self) -> bool;

    /// Whether nothing is under way: every command has its answer, and no message is half sent. Where that cannot be known
    /// it is never said.
    fn is_at_rest(&self) -> bool {
        false
    }

    /// Takes the gateway's own answers, to be sent to the app now: only where [`Relay::is_between_lines`].
    fn take_replies(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// Whether there are answers to be taken.
    fn has_replies(&self) -> bool {
        false
    }

    /// Whether it is worth hearing more of the app: nothing of it waits for the server to answer first, and the gateway's
    /// own answers are being read.
    fn listens_to_client(&self) -> bool {
        true
    }

    /// What the app calls itself, if it has said so since this was last asked.
    fn take_client_name(&mut self) -> Option<String> {
        None
    }
}

/// What to do with bytes on their way.
#[derive(Debug, PartialEq, Eq)]
pub enum Passage {
    /// Send so many of them on, as they are.
    Forward(usize),
    /// Done with so many of them; send these on instead.
    Replace(usize, Vec<u8>),
    /// Done with so many of them; nothing goes on.
    Drop(usize),
    /// Keep them: more are needed, or the other side must answer first.
    Wait,
    /// Close both sides. The gateway's answers that can be taken, and written without waiting, are said first.
    Close(ClosedBecause),
}

/// What to do with the app's bytes, on their way upstream.
pub type Client = Passage;
/// What to do with the server's bytes, on their way to the app.
pub type Server = Passage;

/// Why a relayed conversation is closed by the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedBecause {
    /// A command's line is longer than any may be.
    LineTooLong,
    /// A command's line has a NUL, a lone CR or a lone LF in it, or white space behind a literal's size, which servers
    /// read in different ways.
    ControlCharacter,
    /// A command is none by its protocol's grammar, so that servers read it in different ways.
    Malformed,
    /// Something other than DONE came during IDLE.
    ExpectedDone,
    /// A message has a line end that is not CR LF, or a NUL where its end could be, which servers read in different ways.
    BareLineEnd,
    /// Data was announced, and nobody can say how much.
    UnknownSize,
    /// The server asked for something that nobody offered, or a line of its that must be looked at is too long.
    ServerOutOfStep,
}

/// The first line that is complete, with its end; an error if it is longer than `max`, however it is cut.
pub(crate) fn line(input: &[u8], max: usize) -> Result<Option<&[u8]>, TooLong> {
    match memchr::memchr(b'\n', input).map(|end| end + 1) {
        Some(end) if end <= max => Ok(Some(&input[..end])),
        None if input.len() <= max => Ok(None),
        _ => Err(TooLong),
    }
}

/// A line is longer than it may be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// The line without its end: LF or CR LF.
pub(crate) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// At most 200 printable characters of what a server said, for messages.
pub(crate) fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tokens;
