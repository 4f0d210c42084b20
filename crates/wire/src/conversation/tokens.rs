//! Access tokens in the conversation of every protocol, whole and cut: the dance is one, its framing is each one's own.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Event, Session};
use crate::sasl::{SecretKind, Tokens};
use crate::smtp::{Greeting, Trust};
use crate::{imap, managesieve, pop3, smtp};

const METADATA: &str = "https://id.example.org/.well-known/openid-configuration";
const BEARER: &str = "n,a=ada@example.org,\x01host=mail.example.org\x01port=993\x01auth=Bearer vka_T\x01\x01";
const XOAUTH2: &str = "user=ada@example.org\x01auth=Bearer vka_T\x01\x01";
/// What Google's clients and ours are told, of which only the code behind it differs.
const TOLD: &str = "<ada@example.org vka_T>\n";

fn tokens() -> Tokens {
    Tokens::new("urn:ietf:params:oauth:scope:mail", Some(METADATA))
}

fn challenge() -> String {
    challenge_of("invalid_token")
}

fn challenge_of(status: &str) -> String {
    let object = format!(
        "{{\"status\":\"{status}\",\"scope\":\"urn:ietf:params:oauth:scope:mail\",\"openid-configuration\":\"{METADATA}\"}}"
    );
    STANDARD.encode(object)
}

/// How a protocol frames what all of them say.
struct Protocol<S> {
    new: fn(bool, Option<Tokens>) -> S,
    /// A command by which an app signs in, and a line by which it answers.
    begin: fn(&str, Option<&str>) -> String,
    line: fn(&str) -> String,
    /// A challenge, and the answers to an attempt.
    asked: fn(&str) -> String,
    refused: &'static str,
    unavailable: &'static str,
    malformed: &'static str,
    cancelled: &'static str,
    not_available: &'static str,
    needs_tls: &'static str,
    /// Asks what is offered, and what says that tokens are.
    capability: &'static str,
    offered: &'static str,
    /// What is said at last to whoever guesses.
    too_many: &'static str,
}

/// What is answered to an attempt.
#[derive(Clone, Copy, PartialEq)]
enum Decided {
    Refused,
    LacksScope,
    Unavailable,
}

/// Gives what an app is sent, with attempts in angle brackets.
fn talk<S: Session>(mut session: S, sent: &[u8], piece: usize, decided: Decided) -> String {
    let (mut out, mut pending) = (Vec::new(), Vec::new());
    'all: for piece in sent.chunks(piece) {
        pending.extend_from_slice(piece);
        loop {
            let (used, event) = session.receive(&pending, &mut out);
            pending.drain(..used);
            let event = match event {
                Event::Attempt(c) => {
                    let kind = if c.kind == SecretKind::Token { "" } else { " by password" };
                    out.extend_from_slice(format!("<{} {}{kind}>\r\n", c.login, c.secret.escape_ascii()).as_bytes());
                    match decided {
                        // The advice is for passwords alone.
                        Decided::Refused if kind.is_empty() => session.refused(Some("Use an app password."), &mut out),
                        Decided::Refused => session.refused(None, &mut out),
                        Decided::LacksScope => session.lacks_scope(&mut out),
                        Decided::Unavailable => session.unavailable(&mut out),
                    }
                }
                Event::More if used == 0 => break,
                other => other,
            };
            if let Event::Close(why) = event {
                out.extend_from_slice(format!("<close {why:?}>\r\n").as_bytes());
                break 'all;
            }
        }
    }
    String::from_utf8(out).expect("text").replace("\r\n", "\n")
}

impl<S: Session> Protocol<S> {
    fn said_with(&self, sent: &str, tokens: Option<&Tokens>, decided: Decided) -> String {
        let whole = talk((self.new)(true, tokens.cloned()), sent.as_bytes(), sent.len(), decided);
        let cut = talk((self.new)(true, tokens.cloned()), sent.as_bytes(), 1, decided);
        assert_eq!(whole, cut, "however it is cut");
        whole
    }

    fn said(&self, sent: &str) -> String {
        self.said_with(sent, Some(&tokens()), Decided::Refused)
    }

    fn begin(&self, mechanism: &str, message: &str) -> String {
        (self.begin)(mechanism, Some(&STANDARD.encode(message)))
    }

    fn check(&self) {
        self.check_a_refusal();
        self.check_another_scope();
        self.check_what_is_no_attempt();
        self.check_an_outage_and_guesses();
        self.check_what_is_offered();
    }

    fn check_a_refusal(&self) {
        let Self { begin, line, asked, refused, .. } = self;
        for (mechanism, message) in [("OAUTHBEARER", BEARER), ("xoauth2", XOAUTH2)] {
            for dummy in ["AQ==", "", "*", "!"] {
                let expected = format!("{TOLD}{}{refused}", asked(&challenge()));
                let at_once = self.begin(mechanism, message) + &line(dummy);
                assert_eq!(self.said(&at_once), expected);
                let later = begin(mechanism, None) + &line(&STANDARD.encode(message)) + &line(dummy);
                assert_eq!(self.said(&later), asked("") + &expected);
            }
        }
        let nobody = self.begin("OAUTHBEARER", "n,,\x01auth=Bearer vka_T\x01\x01");
        assert_eq!(self.said(&nobody), format!("< vka_T>\n{}", asked(&challenge())));
        let password = self.begin("PLAIN", "\0ada\0vka_T");
        assert_eq!(self.said(&password), format!("<ada vka_T by password>\n{refused}"), "a password is one");
    }

    /// An app that is told so does not fetch another token of the same kind; it is refused all the same.
    fn check_another_scope(&self) {
        let Self { line, asked, refused, .. } = self;
        for (mechanism, message) in [("OAUTHBEARER", BEARER), ("XOAUTH2", XOAUTH2)] {
            let sent = self.begin(mechanism, message) + &line("AQ==");
            let said = self.said_with(&sent, Some(&tokens()), Decided::LacksScope);
            assert_eq!(said, format!("{TOLD}{}{refused}", asked(&challenge_of("insufficient_scope"))));
        }
        let guesses = (self.begin("XOAUTH2", XOAUTH2) + &line("")).repeat(10);
        let said = self.said_with(&guesses, Some(&tokens()), Decided::LacksScope);
        assert!(said.ends_with(&format!("{}<close Refusals>\n", self.too_many)), "nobody tries for ever: {said}");
        let password = self.begin("PLAIN", "\0ada\0vka_T");
        let said = self.said_with(&password, Some(&tokens()), Decided::LacksScope);
        assert_eq!(said, format!("<ada vka_T by password>\n{refused}"), "to a password that is not said");
    }

    fn check_what_is_no_attempt(&self) {
        let Self { begin, line, asked, refused, malformed, cancelled, .. } = self;
        let none = self.begin("OAUTHBEARER", "n,a=ada,\x01auth=\x01\x01") + &line("AQ==");
        assert_eq!(self.said(&none), asked(&challenge()) + refused, "it asks where tokens are");
        for mechanism in ["OAUTHBEARER", "XOAUTH2"] {
            assert_eq!(self.said(&(begin(mechanism, None) + &line("*"))), asked("") + cancelled);
            assert_eq!(self.said(&(begin(mechanism, None) + &line("AQ=="))), asked("") + malformed);
            assert_eq!(self.said(&self.begin(mechanism, "p=x,,\x01auth=Bearer t\x01\x01")), *malformed);
        }
    }

    fn check_an_outage_and_guesses(&self) {
        let broken = self.said_with(&self.begin("OAUTHBEARER", BEARER), Some(&tokens()), Decided::Unavailable);
        assert_eq!(broken, format!("{TOLD}{}", self.unavailable), "that is no wrong token");
        let guess = self.begin("XOAUTH2", XOAUTH2) + &(self.line)("");
        let said = self.said(&guess.repeat(10));
        assert_eq!(said.matches(TOLD).count(), 5, "{said}");
        assert!(said.ends_with(&format!("{}<close Refusals>\n", self.too_many)), "{said}");
    }

    fn check_what_is_offered(&self) {
        let sent = self.begin("OAUTHBEARER", BEARER);
        assert_eq!(self.said_with(&sent, None, Decided::Refused), self.not_available);
        let without = self.said_with(self.capability, None, Decided::Refused);
        assert!(without.contains("PLAIN") && !without.contains("OAUTH"), "{without}");
        let with = self.said(self.capability);
        assert!(with.contains(self.offered), "{with}");
        let clear = |sent: &str| talk((self.new)(false, Some(tokens())), sent.as_bytes(), 1000, Decided::Refused);
        let offered = clear(self.capability);
        assert!(!offered.contains("OAUTH") && !offered.contains("AUTH="), "{offered}");
        assert_eq!(clear(&sent), self.needs_tls);
        let after_tls = talk((self.new)(false, Some(tokens())).after_tls(), sent.as_bytes(), 1000, Decided::Refused);
        assert_eq!(after_tls, TOLD.to_owned() + &(self.asked)(&challenge()));
    }
}

fn framed(command: &str, mechanism: &str, initial: Option<&str>) -> String {
    let initial = initial.map(|initial| format!(" {initial}")).unwrap_or_default();
    format!("{command} {mechanism}{initial}\r\n")
}

fn bare_line(line: &str) -> String {
    format!("{line}\r\n")
}

fn continued(challenge: &str) -> String {
    format!("+ {challenge}\n")
}

#[test]
fn imap_takes_tokens() {
    Protocol {
        new: |encrypted, tokens| imap::Session::new(encrypted, true, tokens),
        begin: |mechanism, initial| framed("a AUTHENTICATE", mechanism, initial),
        line: bare_line,
        asked: continued,
        refused: "a NO [AUTHENTICATIONFAILED] Authentication failed.\n",
        unavailable: "a NO [UNAVAILABLE] Temporary failure. Please try again later.\n",
        malformed: "a BAD Invalid authentication message.\n",
        cancelled: "a BAD Authentication cancelled.\n",
        not_available: "a NO [CANNOT] This mechanism is not available.\n",
        needs_tls: "a NO [PRIVACYREQUIRED] Sign-in needs TLS.\n",
        capability: "a CAPABILITY\r\n",
        offered: " AUTH=PLAIN AUTH=LOGIN AUTH=OAUTHBEARER AUTH=XOAUTH2\n",
        too_many: "* BYE Too many failed sign-ins.\n",
    }
    .check();
}

#[test]
fn pop3_takes_tokens() {
    let protocol = Protocol {
        new: |encrypted, tokens| pop3::Session::new(encrypted, true, tokens),
        begin: |mechanism, initial| framed("AUTH", mechanism, initial),
        line: bare_line,
        asked: continued,
        refused: "-ERR [AUTH] Authentication failed.\n",
        unavailable: "-ERR [SYS/TEMP] Temporary failure. Please try again later.\n",
        malformed: "-ERR Invalid authentication message.\n",
        cancelled: "-ERR Authentication cancelled.\n",
        not_available: "-ERR This mechanism is not available.\n",
        needs_tls: "-ERR [SYS/PERM] Sign-in needs TLS.\n",
        capability: "CAPA\r\n",
        offered: "\nSASL PLAIN LOGIN OAUTHBEARER XOAUTH2\n",
        too_many: "-ERR [AUTH] Authentication failed. Too many failed sign-ins.\n",
    };
    protocol.check();
    assert_eq!(protocol.said("AUTH\r\n"), "+OK Mechanisms follow.\nPLAIN\nLOGIN\nOAUTHBEARER\nXOAUTH2\n.\n");
}

#[test]
fn submission_takes_tokens() {
    Protocol {
        new: |encrypted, tokens| {
            let greeting = Greeting { host: "gw".into(), keywords: Vec::new(), trust: Trust::Xclient };
            smtp::Session::new(encrypted, true, tokens, Arc::new(greeting))
        },
        begin: |mechanism, initial| framed("AUTH", mechanism, initial),
        line: bare_line,
        asked: |challenge| format!("334 {challenge}\n"),
        refused: "535 5.7.8 Authentication failed.\n",
        unavailable: "454 4.7.0 Temporary failure. Please try again later.\n",
        malformed: "501 5.5.2 Invalid authentication message.\n",
        cancelled: "501 5.7.0 Authentication cancelled.\n",
        not_available: "504 5.5.4 This mechanism is not available.\n",
        needs_tls: "538 5.7.11 Sign-in needs TLS.\n",
        capability: "EHLO phone\r\n",
        offered: "\n250 AUTH PLAIN LOGIN OAUTHBEARER XOAUTH2\n",
        too_many: "421 4.7.0 Too many failed sign-ins.\n",
    }
    .check();
}

#[test]
fn managesieve_takes_tokens() {
    let protocol = Protocol {
        new: |encrypted, tokens| managesieve::Session::new(encrypted, true, tokens, Arc::default()),
        begin: |mechanism, initial| {
            let initial = initial.map(|initial| format!(" \"{initial}\"")).unwrap_or_default();
            format!("AUTHENTICATE \"{mechanism}\"{initial}\r\n")
        },
        line: |line| format!("\"{line}\"\r\n"),
        asked: |challenge| format!("\"{challenge}\"\n"),
        refused: "NO \"Authentication failed.\"\n",
        unavailable: "NO (TRYLATER) \"Temporary failure. Please try again later.\"\n",
        malformed: "NO \"Invalid authentication message.\"\n",
        cancelled: "NO \"Authentication cancelled.\"\n",
        not_available: "NO \"This mechanism is not available.\"\n",
        needs_tls: "NO (ENCRYPT-NEEDED) \"Sign-in needs TLS.\"\n",
        capability: "CAPABILITY\r\n",
        offered: "\n\"SASL\" \"PLAIN LOGIN OAUTHBEARER XOAUTH2\"\n",
        too_many: "BYE \"Too many failed sign-ins.\"\n",
    };
    protocol.check();
    let no_string = protocol.begin("XOAUTH2", XOAUTH2) + "AQ==\r\n";
    let expected = TOLD.to_owned() + &(protocol.asked)(&challenge()) + protocol.refused;
    assert_eq!(protocol.said(&no_string), expected, "that is an answer too");
}
