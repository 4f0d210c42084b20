//! Signing in upstream for an account's owner: by XCLIENT, where the server takes the gateway's word (Postfix), or as a
//! master user with SASL PLAIN's authorisation identity (Dovecot), with the client's own address handed on by XCLIENT.
//!
//! XCLIENT: <https://www.postfix.org/XCLIENT_README.html>.

use zeroize::Zeroizing;

use super::extensions::offered;
use super::lex::{self, REPLY_LINE_BYTES_MAX};
use super::{Greeting, Trust};
use crate::conversation::{self, Forwarded, UpstreamError, UpstreamStep, Whom, shown};
use crate::sasl::plain_as;

/// The longest reply that an upstream may give before the sign-in: room for long lists of extensions.
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// A sign-in upstream that is under way.
pub struct Upstream {
    trust: Trust,
    login: String,
    message: Zeroizing<String>,
    addresses: Vec<String>,
    forwarded: Option<Forwarded>,
    /// What the app calls itself.
    client: Option<String>,
    /// By what name the server is greeted.
    name: String,
    state: State,
    reading: Reading,
    /// The server's last answer to EHLO.
    hello: Reply,
}

/// What the next reply answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Greeting,
    Hello,
    Xclient,
    /// EHLO after XCLIENT, by which the server has begun anew.
    HelloAgain,
    Auth,
}

/// A sign-in upstream that succeeded.
pub struct SignedIn {
    /// What the server offers that apps may use, by its last answer to EHLO.
    pub keywords: Vec<String>,
    /// As whom the account may send.
    pub(super) addresses: Vec<String>,
}

impl Upstream {
    /// A sign-in of an account's owner, whose app calls itself `client`.
    pub fn new(greeting: &Greeting, client: Option<&str>, whom: &Whom<'_>) -> Self {
        let message = match greeting.trust {
            Trust::Xclient => Zeroizing::default(),
            Trust::MasterUser => plain_as(whom.login, whom.master.user, whom.master.secret),
        };
        Self {
            trust: greeting.trust,
            login: whom.login.to_owned(),
            message,
            addresses: whom.addresses.to_vec(),
            forwarded: whom.forwarded.clone(),
            client: client.map(str::to_owned),
            name: client.filter(|name| lex::is_plain_name(name)).unwrap_or(&greeting.host).to_owned(),
            state: State::Greeting,
            reading: Reading::default(),
            hello: Reply::default(),
        }
    }

    fn reply(&mut self, reply: Reply, out: &mut Vec<u8>) -> Result<Option<SignedIn>, UpstreamError> {
        match (self.state, reply.code) {
            (State::Greeting, 220) => self.greet(State::Hello, out),
            (State::Greeting | State::Hello, 400..) => return Err(UpstreamError::Bye(reply.shown())),
            (State::Hello, 250) => {
                self.hello = reply;
                self.begin(out)?;
            }
            (State::Xclient, 220) => self.greet(State::HelloAgain, out),
            // A Postfix with inet_protocols = ipv4 knows no address of IPv6. It has changed nothing: again, without.
            (State::Xclient, 501) if self.forwarded.take().is_some() => self.begin(out)?,
            // What it says of the command itself; anything else it says of the client.
            (State::Xclient, 500..=503 | 550) => return Err(UpstreamError::NotTrusted(reply.shown())),
            (State::HelloAgain, 250) => {
                self.hello = reply;
                match self.trust {
                    Trust::Xclient => return Ok(Some(self.signed_in())),
                    Trust::MasterUser => self.authenticate(out)?,
                }
            }
            (State::Auth, 235) => return Ok(Some(self.signed_in())),
            (State::Auth, 534 | 538) => return Err(UpstreamError::LoginDisabled),
            (State::Auth, 500..) if !concerns_the_app(&reply) => return Err(UpstreamError::Refused(reply.shown())),
            (State::Xclient | State::HelloAgain | State::Auth, 400..) => {
                return Err(UpstreamError::TurnedAway(reply.shown()));
            }
            _ => return Err(UpstreamError::Unexpected(reply.shown())),
        }
        Ok(None)
    }

    fn greet(&mut self, next: State, out: &mut Vec<u8>) {
        say_hello(&self.name, out);
        self.state = next;
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), UpstreamError> {
        let attributes = self.hello.parameters("XCLIENT").unwrap_or_default();
        match self.trust {
            Trust::Xclient if attributes.is_empty() => Err(UpstreamError::NotTrusted(
                "it does not offer XCLIENT; Postfix needs the gateway in smtpd_authorized_xclient_hosts".into(),
            )),
            Trust::Xclient if !attributes.contains(&"LOGIN".to_owned()) => Err(UpstreamError::NotTrusted(
                "its XCLIENT takes no LOGIN; Postfix needs smtpd_sasl_auth_enable = yes".into(),
            )),
            Trust::Xclient => {
                let login = Some(self.login.clone());
                let helo = self.client.clone();
                let protocol = Some("ESMTP".to_owned());
                let own = [("LOGIN", login), ("HELO", helo), ("PROTO", protocol)];
                self.xclient(&["ADDR", "PORT", "NAME"], own, &attributes, out);
                Ok(())
            }
            Trust::MasterUser if self.forwarded.is_some() && attributes.contains(&"ADDR".to_owned()) => {
                self.xclient(&["ADDR", "PORT", "SESSION"], [], &attributes, out);
                Ok(())
            }
            Trust::MasterUser => self.authenticate(out),
        }
    }

    /// Sends those of the client's and of `own` attributes that the server lists.
    fn xclient<const N: usize>(
        &mut self,
        wanted: &[&str],
        own: [(&'static str, Option<String>); N],
        listed: &[String],
        out: &mut Vec<u8>,
    ) {
        let forwarded = self.forwarded.as_ref().map(attributes_of).into_iter().flatten();
        let forwarded = forwarded.filter(|(name, _)| wanted.contains(name));
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        out.extend_from_slice(b"XCLIENT");
        for (name, value) in forwarded.chain(own).filter(|(name, _)| listed.iter().any(|l| l == name)) {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            lex::xtext(&value, out);
        }
        out.extend_from_slice(b"\r\n");
        self.state = State::Xclient;
    }

    fn authenticate(&mut self, out: &mut Vec<u8>) -> Result<(), UpstreamError> {
        let mechanisms = self.hello.parameters("AUTH").unwrap_or_default();
        if !mechanisms.contains(&"PLAIN".to_owned()) {
            return Err(UpstreamError::LoginDisabled);
        }
        out.extend_from_slice(b"AUTH PLAIN ");
        out.extend_from_slice(self.message.as_bytes());
        out.extend_from_slice(b"\r\n");
        self.state = State::Auth;
        Ok(())
    }

    fn signed_in(&mut self) -> SignedIn {
        SignedIn { keywords: offered(self.hello.extensions()), addresses: std::mem::take(&mut self.addresses) }
    }
}

impl conversation::Upstream for Upstream {
    type SignedIn = SignedIn;

    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<SignedIn>) {
        let (used, read) = self.reading.read(input);
        let step = match read.and_then(|reply| reply.map_or(Ok(None), |reply| self.reply(reply, out))) {
            Ok(None) => UpstreamStep::More,
            Ok(Some(signed_in)) => UpstreamStep::Done(signed_in),
            Err(error) => UpstreamStep::Failed(error),
        };
        (used, step)
    }
}

/// Asks a server what it offers, for [`Greeting::keywords`], and leaves.
pub struct Probe {
    name: String,
    is_greeted: bool,
    reading: Reading,
}

impl Probe {
    /// A probe by a gateway of this name.
    pub fn new(host: &str) -> Self {
        Self { name: host.to_owned(), is_greeted: false, reading: Reading::default() }
    }

    fn reply(&mut self, reply: &Reply, out: &mut Vec<u8>) -> Result<Option<Vec<String>>, UpstreamError> {
        match (self.is_greeted, reply.code) {
            (false, 220) => {
                self.is_greeted = true;
                say_hello(&self.name, out);
                Ok(None)
            }
            (true, 250) => {
                out.extend_from_slice(b"QUIT\r\n");
                Ok(Some(offered(reply.extensions())))
            }
            (_, 400..) => Err(UpstreamError::Bye(reply.shown())),
            _ => Err(UpstreamError::Unexpected(reply.shown())),
        }
    }
}

impl conversation::Upstream for Probe {
    type SignedIn = Vec<String>;

    fn receive(&mut self, input: &[u8], out: &mut Zeroizing<Vec<u8>>) -> (usize, UpstreamStep<Vec<String>>) {
        let (used, read) = self.reading.read(input);
        let step = match read.and_then(|reply| reply.map_or(Ok(None), |reply| self.reply(&reply, out))) {
            Ok(None) => UpstreamStep::More,
            Ok(Some(keywords)) => UpstreamStep::Done(keywords),
            Err(error) => UpstreamStep::Failed(error),
        };
        (used, step)
    }
}

fn say_hello(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"EHLO ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// The client's own connection, as XCLIENT says it. Nobody has looked up its name.
fn attributes_of(forwarded: &Forwarded) -> [(&'static str, String); 4] {
    let address = match forwarded.client.ip().to_canonical() {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("IPV6:{address}"),
    };
    [
        ("ADDR", address),
        ("PORT", forwarded.client.port().to_string()),
        ("NAME", "[UNAVAILABLE]".to_owned()),
        ("SESSION", forwarded.session.clone()),
    ]
}

/// Whether a refusal of the master user's sign-in is about the mailbox for which it was: its enhanced code says mailbox
/// status (RFC 3463 section 3.3).
fn concerns_the_app(reply: &Reply) -> bool {
    reply.lines.first().is_some_and(|text| text.starts_with("5.2."))
}

/// A reply that is being read.
#[derive(Default)]
struct Reading {
    reply: Option<Reply>,
    bytes: usize,
}

/// A reply to the end, each line without its code.
#[derive(Default)]
struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reading {
    /// Takes a line off the front; gives the reply with its last one.
    fn read(&mut self, input: &[u8]) -> (usize, Result<Option<Reply>, UpstreamError>) {
        let end = match lex::line_end(input, REPLY_LINE_BYTES_MAX) {
            Ok(Some(end)) => end,
            Ok(None) => return (0, Ok(None)),
            Err(_) => return (0, Err(UpstreamError::Unexpected("a line without end, or with a bare one".into()))),
        };
        (end, self.line(&input[..end - 2]))
    }

    fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, UpstreamError> {
        let unexpected = || UpstreamError::Unexpected(shown(line));
        let read = lex::reply(line).ok_or_else(unexpected)?;
        let mut reply = self.reply.take().unwrap_or(Reply { code: read.code, lines: Vec::new() });
        self.bytes += line.len();
        if reply.code != read.code {
            return Err(unexpected());
        }
        if self.bytes > REPLY_BYTES_MAX {
            return Err(UpstreamError::Unexpected("a reply without end".into()));
        }
        reply.lines.push(String::from_utf8_lossy(read.text).into_owned());
        if read.is_last {
            self.bytes = 0;
            return Ok(Some(reply));
        }
        self.reply = Some(reply);
        Ok(None)
    }
}

impl Reply {
    /// The code and what was said, in one line.
    fn shown(&self) -> String {
        shown(format!("{} {}", self.code, self.lines.join(" ")).as_bytes())
    }

    /// What stands behind the first line of an answer to EHLO.
    fn extensions(&self) -> &[String] {
        self.lines.get(1..).unwrap_or_default()
    }

    /// An extension's parameters in capitals, if it is offered: `AUTH PLAIN`, or `AUTH=PLAIN` as old servers say.
    fn parameters(&self, keyword: &str) -> Option<Vec<String>> {
        self.extensions().iter().find_map(|line| {
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            let is_it = words.next().is_some_and(|word| word.eq_ignore_ascii_case(keyword));
            is_it.then(|| words.map(str::to_ascii_uppercase).collect())
        })
    }
}

#[cfg(test)]
mod tests;
