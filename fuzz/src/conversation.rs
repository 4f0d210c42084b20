//! What must hold of the conversations of every protocol: the same however they are cut, nothing taken in clear, nothing
//! sent upstream but what signs in there, and output in bounds.

use std::fmt::Debug;

use valetkey_wire::conversation::{
    Closing, Event, Forwarded, Master, Passage, Session, Upstream, UpstreamError, UpstreamStep, Whom,
};
use zeroize::Zeroizing;

use crate::input::{Choices, choices_and_rest, pieces, stream};
use crate::sasl::check;

/// The gateway's message, `ada NUL gateway NUL gw-secret` in base64.
const MESSAGE: &str = "YWRhAGdhdGV3YXkAZ3ctc2VjcmV0";

/// A protocol's session, as far as its rules are its own.
pub(crate) struct SessionRules<S: Session> {
    /// A session that is encrypted or not, and offers TLS or not.
    pub(crate) new: fn(bool, bool) -> S,
    /// A sign-in upstream that succeeded.
    pub(crate) signed_in: fn() -> SignedIn<S>,
    /// The most that may be kept of what an app sends.
    pub(crate) kept_max: usize,
    /// How much may be written for so many bytes that were looked at.
    pub(crate) written_max: fn(usize) -> usize,
}

type SignedIn<S> = <<S as Session>::Upstream as Upstream>::SignedIn;

/// Holds a conversation before the sign-in, whole and cut; gives the greeting, and what the app was sent. The input is
/// choices (of the connection, of the answers to attempts, of the cuts) and what an app sends.
pub(crate) fn session<S: Session>(data: &[u8], rules: &SessionRules<S>) -> (String, Vec<u8>) {
    let (choices, sent) = choices_and_rest(data);
    let sent = stream(sent);
    let whole = Held::run(choices, &[&sent], rules);
    let cut = Held::run(choices, &pieces(&sent, &mut Choices::new(choices)), rules);
    assert!(
        whole.said == cut.said,
        "cut it is another conversation:\n{}\n{}",
        String::from_utf8_lossy(&whole.said),
        String::from_utf8_lossy(&cut.said)
    );
    // Behind STARTTLS the rest of a piece is thrown away, wherever it was cut.
    if !whole.began_tls {
        assert_eq!((whole.used, whole.mistakes), (cut.used, cut.mistakes));
    }
    (whole.greeting, whole.answers)
}

/// A conversation that was held.
struct Held<'a, S: Session> {
    rules: &'a SessionRules<S>,
    choices: Choices<'a>,
    greeting: String,
    /// What the app was sent behind the greeting, and in angle brackets what the driver was told to do.
    said: Vec<u8>,
    /// The same without the angle brackets.
    answers: Vec<u8>,
    /// How much of what the app sent was done with.
    used: usize,
    began_tls: bool,
    mistakes: u32,
}

impl<'a, S: Session> Held<'a, S> {
    fn run(choices: &'a [u8], pieces: &[&[u8]], rules: &'a SessionRules<S>) -> Self {
        let mut choices = Choices::new(choices);
        let mut session = match choices.below(4) {
            0 => (rules.new)(false, false),
            1 => (rules.new)(false, true),
            2 => (rules.new)(true, false),
            _ => (rules.new)(false, true).after_tls(),
        };
        let mut greeting = Vec::new();
        session.greet(&mut greeting);
        let greeting = String::from_utf8(greeting).expect("text");
        let (said, answers) = (Vec::new(), Vec::new());
        let mut held = Self { rules, choices, greeting, said, answers, used: 0, began_tls: false, mistakes: 0 };
        let mut pending = Vec::new();
        for piece in pieces {
            pending.extend_from_slice(piece);
            match held.look(session, &mut pending) {
                Some(going_on) => session = going_on,
                None => return held,
            }
            assert!(pending.len() <= rules.kept_max, "it keeps {} bytes", pending.len());
        }
        held.mistakes = session.mistakes();
        held
    }

    /// Lets the session look at what there is; `None` once the conversation is over.
    fn look(&mut self, mut session: S, pending: &mut Vec<u8>) -> Option<S> {
        let mut done = 0;
        loop {
            let mut out = Vec::new();
            let (used, event) = session.receive(&pending[done..], &mut out);
            assert!(used <= pending.len() - done);
            assert!(out.len() <= (self.rules.written_max)(used), "{} bytes are written for {used}", out.len());
            done += used;
            self.used += used;
            self.hear(&out);
            match event {
                Event::More if used > 0 => {}
                Event::More => break,
                Event::Attempt(credentials) => {
                    assert!(session.is_encrypted(), "a password is taken in clear");
                    check(&credentials);
                    self.note(&format!(
                        "<{:?} {:?} {:?}>",
                        credentials.acting_for, credentials.login, credentials.secret
                    ));
                    // While it is decided nothing is read.
                    let mut out = Vec::new();
                    assert!(matches!(session.receive(&pending[done..], &mut out), (0, Event::More)) && out.is_empty());
                    session = self.decide(session)?;
                }
                Event::StartTls => {
                    assert!(!session.is_encrypted());
                    self.note("<starttls>");
                    self.began_tls = true;
                    return None;
                }
                Event::Close(why) => return self.closed(why),
            }
        }
        pending.drain(..done);
        Some(session)
    }

    fn decide(&mut self, mut session: S) -> Option<S> {
        let mut out = Vec::new();
        let event = match self.choices.below(7) {
            0 => session.refused(None, &mut out),
            1 => session.refused(Some("An app password is needed."), &mut out),
            2 => session.unavailable(&mut out),
            3 => session.too_many_connections(&mut out),
            4 => session.turned_away("(QUOTA) [IN-USE] Too \"many\".", &mut out),
            5 => session.lacks_scope(&mut out),
            _ => {
                session.accepted((self.rules.signed_in)(), &mut out);
                self.hear(&out);
                return None;
            }
        };
        self.hear(&out);
        match event {
            Event::More => Some(session),
            Event::Close(why) => self.closed(why),
            Event::Attempt(_) | Event::StartTls => panic!("nothing was sent"),
        }
    }

    fn closed(&mut self, why: Closing) -> Option<S> {
        self.note(&format!("<close {why:?}>"));
        None
    }

    fn hear(&mut self, out: &[u8]) {
        assert!(out.is_empty() || out.ends_with(b"\r\n"), "half a line: {:?}", String::from_utf8_lossy(out));
        self.said.extend_from_slice(out);
        self.answers.extend_from_slice(out);
    }

    fn note(&mut self, what: &str) {
        self.said.extend_from_slice(what.as_bytes());
        self.said.push(b'\n');
    }
}

/// A protocol's sign-in upstream, as far as its rules are its own.
pub(crate) struct UpstreamRules<U: Upstream> {
    pub(crate) new: fn(&Whom<'_>) -> U,
    /// The most that may be kept of what a server sends.
    pub(crate) kept_max: usize,
    /// Whether a line begins a conversation.
    pub(crate) is_first: fn(&[u8]) -> bool,
    /// Whether a line signs in.
    pub(crate) is_ok: fn(&[u8]) -> bool,
    /// What is known after a sign-in, to be compared.
    pub(crate) shown: fn(U::SignedIn) -> String,
}

/// Holds a sign-in upstream, whole and cut. The input is choices (whether the client's address is handed on, the cuts) and
/// what a server sends.
pub(crate) fn upstream<U: Upstream>(data: &[u8], rules: &UpstreamRules<U>) {
    let (choices, sent) = choices_and_rest(data);
    let sent = stream(sent);
    let whole = sign_in(choices, &[&sent], rules);
    let cut = sign_in(choices, &pieces(&sent, &mut Choices::new(choices)), rules);
    assert_eq!(whole, cut, "cut it is another conversation");
}

type End = Option<Result<String, UpstreamError>>;

fn sign_in<U: Upstream>(choices: &[u8], pieces: &[&[u8]], rules: &UpstreamRules<U>) -> (String, usize, End) {
    let forwarded = Choices::new(choices).yes().then(|| Forwarded {
        client: ([203, 0, 113, 9], 5555).into(),
        connected_to: ([192, 0, 2, 1], 995).into(),
        session: "vk1".into(),
    });
    let master = Master { user: "gateway", secret: b"gw-secret" };
    let mut upstream = (rules.new)(&Whom { login: "ada", addresses: &[], master, forwarded });
    let (mut out, mut pending, mut total, mut end) = (Zeroizing::new(Vec::new()), Vec::new(), 0, None);
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for piece in pieces {
        pending.extend_from_slice(piece);
        while end.is_none() {
            let (used, step) = upstream.receive(&pending, &mut out);
            total += used;
            if used > 0 {
                lines.push(pending.drain(..used).collect());
            }
            end = match step {
                UpstreamStep::More if used > 0 => continue,
                UpstreamStep::More => break,
                UpstreamStep::Done(signed_in) => Some(Ok((rules.shown)(signed_in))),
                UpstreamStep::Failed(error) => Some(Err(error)),
            };
        }
        if end.is_some() {
            break;
        }
        assert!(pending.len() <= rules.kept_max, "it keeps {} bytes", pending.len());
    }
    let out = String::from_utf8(out.to_vec()).expect("the gateway writes text");
    assert!(out.len() < 1024 && out.matches(MESSAGE).count() <= 1, "a few lines, and the secret once: {out}");
    assert!(out.is_empty() || (rules.is_first)(&lines[0]), "something is sent before the greeting");
    match &end {
        Some(Ok(_)) => {
            assert!(out.contains(MESSAGE), "signed in without a secret");
            let last = lines.last().expect("the server has spoken");
            assert!((rules.is_ok)(last), "signed in by {:?}", String::from_utf8_lossy(last));
        }
        Some(Err(error)) => {
            assert!(error.to_string().chars().count() < 400, "what a server says is repeated at length");
        }
        None => {}
    }
    (out, total, end)
}

/// Passes on what is kept. Gives what went on; `false` once the conversation is over.
pub(crate) fn pass(pending: &mut Vec<u8>, mut look: impl FnMut(&[u8]) -> Passage) -> (Vec<u8>, bool) {
    let (mut passed, mut done) = (Vec::new(), 0);
    let goes_on = loop {
        let rest = &pending[done..];
        match look(rest) {
            Passage::Forward(n) => {
                assert!(n > 0 && n <= rest.len());
                passed.extend_from_slice(&rest[..n]);
                done += n;
            }
            Passage::Replace(n, bytes) => {
                assert!(n > 0 && n <= rest.len());
                passed.extend_from_slice(&bytes);
                done += n;
            }
            Passage::Drop(n) => {
                assert!(n > 0 && n <= rest.len());
                done += n;
            }
            Passage::Wait => break true,
            Passage::Close(_) => break false,
        }
    };
    pending.drain(..done);
    (passed, goes_on)
}

/// What is passed on of a stream in pieces, and whether it ended by closing.
pub(crate) fn pass_all(pieces: &[&[u8]], kept_max: usize, mut look: impl FnMut(&[u8]) -> Passage) -> (Vec<u8>, bool) {
    let (mut all, mut pending) = (Vec::new(), Vec::new());
    for piece in pieces {
        pending.extend_from_slice(piece);
        let (passed, goes_on) = pass(&mut pending, &mut look);
        all.extend(passed);
        if !goes_on {
            return (all, true);
        }
        assert!(pending.len() <= kept_max, "it keeps {} bytes", pending.len());
    }
    (all, false)
}

/// Compares what came of a stream whole and cut.
pub(crate) fn assert_same<T: PartialEq + Debug>(whole: &T, cut: &T) {
    assert_eq!(whole, cut, "cut it is another conversation");
}
