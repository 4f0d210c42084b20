//! Signing in as it goes in every protocol: a message or several, a decision, and an end to guessing. Protocols differ in how
//! they frame a line, and in their words.

use super::{Closing, Event, REFUSALS_MAX};
use crate::sasl::{Credentials, Exchange, Mechanism, SaslError, SecretKind, Tokens, Turn, Unfit};

/// An app's attempts to sign in: how far the present one has come, and how many were refused.
pub(crate) struct Attempts {
    tokens: Option<Tokens>,
    state: State,
    refusals: u32,
}

enum State {
    /// None is under way.
    Idle,
    /// The app was asked for something.
    Asked(Exchange),
    /// It is being decided: nothing is read.
    Deciding(SecretKind),
}

impl Attempts {
    /// None yet. With `tokens`, those are taken beside passwords.
    pub(crate) fn new(tokens: Option<Tokens>) -> Self {
        Self { tokens, state: State::Idle, refusals: 0 }
    }

    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    pub(crate) fn into_tokens(self) -> Option<Tokens> {
        self.tokens
    }

    /// Whether the next line is the app's answer to a challenge, and no command.
    pub(crate) fn is_asked(&self) -> bool {
        matches!(self.state, State::Asked(_))
    }

    /// Whether nothing is read, since one is being decided.
    pub(crate) fn is_deciding(&self) -> bool {
        matches!(self.state, State::Deciding(_))
    }

    /// The present one is over.
    pub(crate) fn end(&mut self) {
        self.state = State::Idle;
    }
}

/// How a protocol signs in.
pub(crate) trait SignIn {
    /// What has been tried.
    fn attempts(&mut self) -> &mut Attempts;

    /// Writes a challenge, which is in base64 already.
    fn say_challenge(&mut self, challenge: &str, out: &mut Vec<u8>);

    /// Writes that an attempt was refused, and with the last one that there were too many.
    fn say_refused(&mut self, advice: Option<&str>, is_last: bool, out: &mut Vec<u8>);

    /// Counts a message that is none, and says so.
    fn bad_message(&mut self, error: SaslError, out: &mut Vec<u8>) -> Event;

    /// Begins with the mechanism that the app has chosen.
    fn begin(&mut self, mechanism: Mechanism, initial: Option<&[u8]>, out: &mut Vec<u8>) -> Event {
        turn(self, Exchange::begin(mechanism, initial), out)
    }

    /// Goes on with what the app has answered, if that could be read.
    fn go_on(&mut self, answer: Result<&[u8], SaslError>, out: &mut Vec<u8>) -> Event {
        let next = match std::mem::replace(&mut self.attempts().state, State::Idle) {
            State::Asked(exchange) => match answer {
                Ok(line) => exchange.answer(line),
                Err(error) => Err(exchange.unread(error)),
            },
            State::Idle | State::Deciding(_) => Err(SaslError::Malformed),
        };
        turn(self, next, out)
    }

    /// Has an attempt decided.
    fn decide(&mut self, credentials: Credentials) -> Event {
        self.attempts().state = State::Deciding(credentials.kind);
        Event::Attempt(credentials)
    }

    /// It was decided, and the answer is no.
    fn decided_against(&mut self, advice: Option<&str>, out: &mut Vec<u8>) -> Event {
        match self.attempts().state {
            State::Deciding(SecretKind::Token) => refuse_token(self, Unfit::Invalid, out),
            _ => refuse(self, advice, out),
        }
    }

    /// It was decided, and the token is good for something else.
    fn decided_for_another_scope(&mut self, out: &mut Vec<u8>) -> Event {
        match self.attempts().state {
            State::Deciding(SecretKind::Token) => refuse_token(self, Unfit::LacksScope, out),
            _ => refuse(self, None, out),
        }
    }
}

fn turn<S: SignIn + ?Sized>(session: &mut S, turn: Result<Turn, SaslError>, out: &mut Vec<u8>) -> Event {
    session.attempts().end();
    match turn {
        Ok(Turn::Ask(exchange, challenge)) => ask(session, exchange, challenge, out),
        Ok(Turn::Done(credentials)) => session.decide(credentials),
        Ok(Turn::NoToken) => refuse_token(session, Unfit::Invalid, out),
        Err(SaslError::Refused) => refuse(session, None, out),
        Err(error) => session.bad_message(error, out),
    }
}

fn ask<S: SignIn + ?Sized>(session: &mut S, exchange: Exchange, challenge: &str, out: &mut Vec<u8>) -> Event {
    session.attempts().state = State::Asked(exchange);
    session.say_challenge(challenge, out);
    Event::More
}

/// Says first what is wrong with the token; that it is refused comes behind the app's answer.
fn refuse_token<S: SignIn + ?Sized>(session: &mut S, unfit: Unfit, out: &mut Vec<u8>) -> Event {
    match session.attempts().tokens.clone() {
        Some(tokens) => ask(session, Exchange::refused(), tokens.challenge(unfit), out),
        None => refuse(session, None, out),
    }
}

fn refuse<S: SignIn + ?Sized>(session: &mut S, advice: Option<&str>, out: &mut Vec<u8>) -> Event {
    let attempts = session.attempts();
    attempts.end();
    attempts.refusals += 1;
    let is_last = attempts.refusals >= REFUSALS_MAX;
    session.say_refused(advice, is_last, out);
    if is_last { Event::Close(Closing::Refusals) } else { Event::More }
}
