//! One connection. Bytes in, bytes and events out.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::answer::Answer;
use super::entry::Entry;
use super::message::{
    self, BindRequest, Broken, Message, Operation, PASSWORD_MODIFY, ResultCode, START_TLS, WHO_AM_I,
    notice_of_disconnection, tag,
};
use super::search::{Fault, Search};
use super::tree::{Place, Tree};
use crate::sasl::{identity, secret_of};

/// The longest message of somebody who has signed in: room for filters that web servers build from lists.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// The longest message of anybody else: names and passwords of the longest kind, and to spare.
pub const ANONYMOUS_BYTES_MAX: usize = 16 * 1024;

/// How the connection came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over TLS.
    Encrypted,
    /// In clear.
    Clear {
        /// Whether StartTLS is offered.
        offers_start_tls: bool,
        /// Whether passwords are taken as they are, since nobody is in between: on loopback.
        may_bind: bool,
    },
}

/// The state of a connection: whether it is encrypted, and who has signed in.
pub struct Session {
    tree: Arc<Tree>,
    transport: Transport,
    identity: Option<Identity>,
    /// The id of the bind that is being decided.
    deciding: Option<u32>,
}

/// Who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A person, by the canonical login name.
    Person(Box<str>),
    /// Whoever reads the directory, by the name in the configuration.
    Reader(Box<str>),
}

/// Whose password is to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindName {
    /// A person's: the login name as it was written, without control characters, of 512 bytes at most.
    Person(String),
    /// A reader's, by the `cn`.
    Reader(String),
    /// Nobody's: to be refused as a wrong password is, and as late.
    Nobody,
}

/// An attempt to sign in. It holds a password, so it is not to be shown or logged.
pub struct Bind {
    /// Who it says it is.
    pub name: BindName,
    /// The password: not empty, of 1024 bytes at most, but for [`BindName::Nobody`].
    pub secret: Zeroizing<Vec<u8>>,
}

/// What the driver is to do.
pub enum Event {
    /// Send what was written, and come back: at once while bytes were done with, otherwise with more of them.
    More,
    /// Decide this attempt, then call [`Session::accepted`], [`Session::refused`], [`Session::busy`] or
    /// [`Session::unavailable`].
    Bind(Bind),
    /// Carry this out or refuse it, then come back. Who may search is the driver's to say: [`Session::identity`].
    Search(Search),
    /// Send what was written, throw away every byte that was received, and begin TLS; then go on with
    /// [`Session::after_tls`].
    StartTls,
    /// Send what was written and close.
    Close(Closing),
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The client is done.
    Unbind,
    /// A message is longer than any may be.
    TooLong,
    /// What came is no message.
    Malformed,
}

impl Session {
    /// A connection that begins.
    pub fn new(tree: Arc<Tree>, transport: Transport) -> Self {
        Self { tree, transport, identity: None, deciding: None }
    }

    /// The same connection after TLS has begun: everything that was said in clear is forgotten.
    pub fn after_tls(self) -> Self {
        Self::new(self.tree, Transport::Encrypted)
    }

    /// Whether what the client says is encrypted on its way.
    pub fn is_encrypted(&self) -> bool {
        self.transport == Transport::Encrypted
    }

    /// Who has signed in, if anybody.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Makes the connection anonymous again, such as when what it had signed in with was revoked.
    pub fn forget(&mut self) {
        self.identity = None;
    }

    /// The longest message that is taken at present: no more than this needs to be kept for it.
    pub fn message_bytes_max(&self) -> usize {
        if self.identity.is_some() { MESSAGE_BYTES_MAX } else { ANONYMOUS_BYTES_MAX }
    }

    /// Looks at the bytes received so far. Gives how many of them it has done with, and what to do; call it again while
    /// it has done with some. Each answer that needs no decision is appended to `out`.
    pub fn receive(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, Event) {
        if self.deciding.is_some() {
            return (0, Event::More);
        }
        let message = match message::frame(input, self.message_bytes_max()) {
            Ok(None) => return (0, Event::More),
            Ok(Some(end)) => Message::parse(&input[..end]).map(|message| (end, message)).map_err(|_| Broken::Malformed),
            Err(broken) => Err(broken),
        };
        let answered = message.and_then(|(end, message)| match self.answer(&message, out) {
            Ok(event) => Ok((end, event)),
            Err(Fault::Refused(code, text)) => {
                message::result(out, message.id, tag::SEARCH_DONE, code, text);
                Ok((end, Event::More))
            }
            Err(Fault::Malformed) => Err(Broken::Malformed),
        });
        answered.unwrap_or_else(|broken| {
            let (text, why) = match broken {
                Broken::TooLong => ("The message is too long.", Closing::TooLong),
                Broken::Malformed => ("The message cannot be read.", Closing::Malformed),
            };
            notice_of_disconnection(ResultCode::ProtocolError, text, out);
            (0, Event::Close(why))
        })
    }

    fn answer(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<Event, Fault> {
        let id = message.id;
        let is_search = matches!(message.operation, Operation::Search(_));
        let is_critical = message.controls.unknown_critical || message.controls.paged_critical && !is_search;
        match &message.operation {
            Operation::Unbind => return Ok(Event::Close(Closing::Unbind)),
            // There is nothing under way that could be: a search is answered before more is read.
            Operation::Abandon => {}
            Operation::Bind(request) => return Ok(self.bind(id, request, is_critical, out)),
            _ if is_critical => {
                let answer = match message.operation {
                    Operation::Search(_) => tag::SEARCH_DONE,
                    Operation::Change { answer } => answer,
                    _ => tag::EXTENDED_RESPONSE,
                };
                message::result(out, id, answer, ResultCode::UnavailableCriticalExtension, UNKNOWN_CONTROL);
            }
            Operation::Search(body) => {
                let search = Search::parse(id, *body, &message.controls, &self.tree)?;
                return Ok(self.search(search, out));
            }
            Operation::Extended { name, has_value } => return Ok(self.extended(id, name, *has_value, out)),
            Operation::Change { answer } => {
                message::result(out, id, *answer, ResultCode::UnwillingToPerform, "This directory is read-only.");
            }
        }
        Ok(Event::More)
    }

    fn bind(&mut self, id: u32, request: &BindRequest<'_>, is_critical: bool, out: &mut Vec<u8>) -> Event {
        // Whatever comes of it, who was signed in before no longer is (RFC 4513 section 4).
        self.identity = None;
        let may_bind = matches!(self.transport, Transport::Encrypted | Transport::Clear { may_bind: true, .. });
        let (code, text) = match request.simple {
            _ if request.version != 3 => (ResultCode::ProtocolError, "Only version 3 of LDAP is spoken here."),
            _ if is_critical => (ResultCode::UnavailableCriticalExtension, UNKNOWN_CONTROL),
            None => (ResultCode::AuthMethodNotSupported, "Sign in with name and password."),
            Some(b"") if request.name.is_empty() => (ResultCode::Success, ""),
            // An empty password proves nothing, and there are programs that take its success for a sign-in (RFC 4513
            // section 5.1.2).
            Some(b"") => (ResultCode::UnwillingToPerform, "An empty password is none."),
            Some(_) if !may_bind => (ResultCode::ConfidentialityRequired, "Signing in needs TLS."),
            Some(secret) => {
                self.deciding = Some(id);
                return Event::Bind(self.attempt(request.name, secret));
            }
        };
        message::result(out, id, tag::BIND_RESPONSE, code, text);
        Event::More
    }

    /// Whoever cannot be anybody is decided about all the same, so that nobody learns by the time it takes.
    fn attempt(&self, name: &[u8], secret: &[u8]) -> Bind {
        let place = std::str::from_utf8(name).ok().and_then(|name| self.tree.place(name).ok());
        let name = match place {
            Some(Place::Person(login)) if identity(login.as_bytes()).is_ok() => BindName::Person(login),
            Some(Place::Reader(name)) if identity(name.as_bytes()).is_ok() => BindName::Reader(name),
            _ => BindName::Nobody,
        };
        match secret_of(secret) {
            Ok(secret) => Bind { name, secret },
            Err(_) => Bind { name: BindName::Nobody, secret: Zeroizing::default() },
        }
    }

    fn search(&self, search: Search, out: &mut Vec<u8>) -> Event {
        let entry = match search.base {
            Place::RootDse => Entry::root_dse(&self.tree, self.offers_start_tls()),
            Place::Subschema => Entry::subschema(),
            _ => return Event::Search(search),
        };
        Answer::new(search, u32::MAX).about_server(&entry, out);
        Event::More
    }

    fn offers_start_tls(&self) -> bool {
        matches!(self.transport, Transport::Clear { offers_start_tls: true, .. })
    }

    fn extended(&mut self, id: u32, name: &[u8], has_value: bool, out: &mut Vec<u8>) -> Event {
        let is = |oid: &str| name == oid.as_bytes();
        if is(START_TLS) {
            let (code, text) = match self.transport {
                Transport::Encrypted => (ResultCode::OperationsError, "TLS is there already."),
                _ if has_value => (ResultCode::ProtocolError, "StartTLS has no value."),
                _ if !self.offers_start_tls() => (ResultCode::ProtocolError, "StartTLS is not available here."),
                Transport::Clear { .. } => (ResultCode::Success, ""),
            };
            message::extended(out, id, code, text, Some(START_TLS), None);
            return if code == ResultCode::Success { Event::StartTls } else { Event::More };
        }
        if is(WHO_AM_I) && !has_value {
            let name = match &self.identity {
                None => String::new(),
                Some(Identity::Person(login)) => format!("dn:{}", self.tree.person_dn(login)),
                Some(Identity::Reader(name)) => format!("dn:{}", self.tree.reader_dn(name)),
            };
            message::extended(out, id, ResultCode::Success, "", None, Some(&name));
        } else if is(PASSWORD_MODIFY) {
            let text = "App passwords are made in the portal.";
            message::extended(out, id, ResultCode::UnwillingToPerform, text, None, None);
        } else {
            message::extended(out, id, ResultCode::ProtocolError, "This operation is not known.", None, None);
        }
        Event::More
    }

    /// The attempt was accepted: from now on the connection is this identity's.
    pub fn accepted(&mut self, identity: Identity, out: &mut Vec<u8>) {
        if self.deciding.is_some() {
            self.identity = Some(identity);
        }
        self.decided(ResultCode::Success, "", out);
    }

    /// The attempt was refused. The connection stays: a mail server asks for many people over one. `text` is for
    /// whoever reads logs, and may be empty.
    pub fn refused(&mut self, text: &str, out: &mut Vec<u8>) {
        self.decided(ResultCode::InvalidCredentials, text, out);
    }

    /// There is too much to do, or there were too many attempts: to be tried again.
    pub fn busy(&mut self, text: &str, out: &mut Vec<u8>) {
        self.decided(ResultCode::Busy, text, out);
    }

    /// Nobody knows at present: to be tried again.
    pub fn unavailable(&mut self, text: &str, out: &mut Vec<u8>) {
        self.decided(ResultCode::Unavailable, text, out);
    }

    fn decided(&mut self, code: ResultCode, text: &str, out: &mut Vec<u8>) {
        if let Some(id) = self.deciding.take() {
            message::result(out, id, tag::BIND_RESPONSE, code, text);
        }
    }
}

const UNKNOWN_CONTROL: &str = "A critical control is not known.";

#[cfg(test)]
mod tests;
