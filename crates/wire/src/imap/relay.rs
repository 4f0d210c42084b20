//! The conversation after the sign-in, between an app and the upstream: both streams pass, and what must not be said
//! again is answered by the gateway.
//!
//! The gateway vouches for the app upstream, so an app must not be able to leave its account there: UNAUTHENTICATE, a
//! second LOGIN or AUTHENTICATE, and STARTTLS never go upstream. To see where a command begins one must know which bytes
//! are literals, and servers do not agree on that where a command is wrong: Dovecot 2.3 takes what stands behind
//! `a NOOP {8+}` for the next command. Therefore the app's non-synchronising literals go upstream as synchronising ones,
//! and a literal's bytes are sent on only once the server has asked for them. Then both sides agree by construction:
//! `docs/decisions/0006-literals-wait-for-the-upstream.md`.
//!
//! The two halves are in `relay/client.rs` and `relay/server.rs`; what they share is here.

mod client;
mod server;

use super::capability::Capabilities;
use super::upstream::SignedIn;
use crate::conversation::{self, Client, Server};

/// The longest line of a command that is passed on (Dovecot takes 64 KiB too); literals do not count.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// The most of its own answers that the gateway keeps for an app that does not read them.
const REPLIES_BYTES_MAX: usize = 16 * 1024;

/// Both halves of a relayed conversation.
pub struct Relay {
    client: client::State,
    server: server::State,
    /// Commands that went upstream and have had no tagged answer.
    outstanding: u32,
    gate: Gate,
    capabilities: Capabilities,
    /// The gateway's own answers, to be put between two lines of the server.
    replies: Vec<u8>,
    client_name: Option<String>,
}

/// What the app's stream waits for. There is one reason at a time, since nothing goes upstream while it waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// The server is asked to take a literal of this size; the app was told to wait for it, or was not.
    Literal {
        size: u64,
        app_waits: bool,
    },
    Idle,
    Compress,
}

impl Relay {
    /// A conversation that begins with a sign-in upstream.
    pub fn new(signed_in: &SignedIn) -> Self {
        Self::with(signed_in.capabilities)
    }

    fn with(capabilities: Capabilities) -> Self {
        Self {
            client: client::State::Line,
            server: server::State::Line,
            outstanding: 0,
            gate: Gate::Open,
            capabilities,
            replies: Vec::new(),
            client_name: None,
        }
    }

    /// Whether both streams pass without being looked at, since they are compressed. For the fuzz targets, which have to
    /// stop looking there too.
    pub fn is_raw(&self) -> bool {
        matches!(self.server, server::State::Raw)
    }

    /// A tagged answer came. With the last one, whatever the app's stream waits for was refused.
    fn answered(&mut self, accepted: bool) {
        self.outstanding = self.outstanding.saturating_sub(1);
        if self.outstanding > 0 {
            return;
        }
        match std::mem::replace(&mut self.gate, Gate::Open) {
            Gate::Open => self.client.idle_is_over(),
            Gate::Idle => {}
            Gate::Literal { size, app_waits } => self.client.literal_refused(size, app_waits),
            Gate::Compress if accepted => {
                self.client = client::State::Raw;
                self.server = server::State::Raw;
            }
            Gate::Compress => {}
        }
    }

    /// The server asks for what it was offered. Gives whether the app is to hear of it; `None` if nothing was offered.
    fn continued(&mut self) -> Option<bool> {
        match std::mem::replace(&mut self.gate, Gate::Open) {
            Gate::Literal { size, app_waits } => {
                self.client = client::State::Literal { left: size, dropped: false };
                Some(app_waits)
            }
            Gate::Idle => {
                self.client = client::State::Idle;
                Some(true)
            }
            Gate::Open | Gate::Compress => None,
        }
    }
}

impl conversation::Relay for Relay {
    fn client_said(&mut self, input: &[u8]) -> Client {
        self.client_said(input)
    }

    fn server_said(&mut self, input: &[u8]) -> Server {
        self.server_said(input)
    }

    fn is_between_lines(&self) -> bool {
        matches!(self.server, server::State::Line)
    }

    /// An app that waits for mail by IDLE is at rest too.
    fn is_at_rest(&self) -> bool {
        let waits = self.client == client::State::Idle && self.outstanding == 1;
        let is_done = self.client == client::State::Line && self.outstanding == 0;
        (waits || is_done) && self.gate == Gate::Open && self.replies.is_empty() && self.is_between_lines()
    }

    fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    fn has_replies(&self) -> bool {
        !self.replies.is_empty()
    }

    fn listens_to_client(&self) -> bool {
        self.gate == Gate::Open && self.replies.len() <= REPLIES_BYTES_MAX
    }

    fn take_client_name(&mut self) -> Option<String> {
        self.client_name.take()
    }
}

/// Whether this is what ends IDLE. No command has it for a tag: a server that has left IDLE by itself answers a DONE that
/// comes too late as if it were one, and that answer must not be counted for a command's.
fn is_done(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"DONE")
}

#[cfg(test)]
mod tests;
