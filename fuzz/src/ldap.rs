//! LDAP: the same conversation however it is cut, no password taken in clear, answers that are whole messages, searches
//! that look up whoever they find, and names that read back.

use std::sync::Arc;

use valetkey_wire::ldap::{
    Answer, BindName, Closing, Entry, Event, Group, Identity, Lookup, Next, People, Person, Place, ResultCode, Scope,
    Search, Session, Transport, Tree, Truth,
};

use crate::input::{Choices, choices_and_rest, pieces};

/// The longest answer to one message: the subschema, with room to spare.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// The input is choices (of the connection, of the answers to attempts, of limits, of the cuts) and what a client
/// sends, as it is.
pub fn ldap(data: &[u8]) {
    let (choices, sent) = choices_and_rest(data);
    let tree = Arc::new(Tree::new("dc=example,dc=org").expect("a base"));
    let whole = Conversation::run(&tree, choices, &[sent]);
    let cut = Conversation::run(&tree, choices, &pieces(sent, &mut Choices::new(choices)));
    assert!(whole.said == cut.said, "cut it is another conversation:\n{:02x?}\n{:02x?}", whole.said, cut.said);
    if let Ok(text) = std::str::from_utf8(sent) {
        names(&tree, text);
    }
}

/// Whatever text is taken for a name.
fn names(tree: &Tree, text: &str) {
    if let Ok(Place::Person(login)) = tree.place(text) {
        assert_eq!(tree.place(&tree.person_dn(&login)), Ok(Place::Person(login)));
    }
    assert_eq!(tree.place(&tree.person_dn(text)), Ok(Place::Person(text.to_owned())));
    if let Ok(other) = Tree::new(text) {
        assert_eq!(other.place(other.base()), Ok(Place::Base));
        assert_eq!(other.place(other.group_dn(Group::Contacts)), Ok(Place::Group(Group::Contacts)));
        assert_eq!(other.place(&other.reader_dn(text)), Ok(Place::Reader(text.to_owned())));
    }
}

/// A conversation that was held.
struct Conversation<'a> {
    tree: &'a Arc<Tree>,
    choices: Choices<'a>,
    /// What the client was sent, and in angle brackets what the driver was told to do.
    said: Vec<u8>,
}

impl<'a> Conversation<'a> {
    fn run(tree: &'a Arc<Tree>, choices: &'a [u8], pieces: &[&[u8]]) -> Self {
        let mut talk = Self { tree, choices: Choices::new(choices), said: Vec::new() };
        let transport = match talk.choices.below(3) {
            0 => Transport::Encrypted,
            1 => Transport::Clear { offers_start_tls: true, may_bind: false },
            _ => Transport::Clear { offers_start_tls: false, may_bind: true },
        };
        let mut session = Session::new(Arc::clone(tree), transport);
        let mut pending = Vec::new();
        for piece in pieces {
            pending.extend_from_slice(piece);
            if !talk.look(&mut session, transport, &mut pending) {
                return talk;
            }
            assert!(pending.len() < session.message_bytes_max(), "it keeps {} bytes", pending.len());
        }
        talk
    }

    /// Lets the session look at what there is; no more once the conversation is over.
    fn look(&mut self, session: &mut Session, transport: Transport, pending: &mut Vec<u8>) -> bool {
        loop {
            let mut out = Vec::new();
            let (used, event) = session.receive(pending, &mut out);
            assert!(used <= pending.len() && out.len() <= ANSWER_BYTES_MAX);
            messages(&out);
            self.said.append(&mut out);
            pending.drain(..used);
            match event {
                Event::More if used == 0 => return true,
                Event::More => {}
                Event::Bind(bind) => {
                    let in_clear = matches!(transport, Transport::Clear { may_bind: false, .. });
                    assert!(used > 0 && !in_clear && session.identity().is_none(), "a password is taken in clear");
                    assert!(!bind.secret.is_empty() || bind.name == BindName::Nobody, "an empty password is taken");
                    self.note(format!("<{:?} {:?}>", bind.name, *bind.secret).as_bytes());
                    assert!(matches!(session.receive(pending, &mut out), (0, Event::More)) && out.is_empty());
                    self.decide(session, bind.name);
                }
                Event::Search(search) => {
                    assert!(used > 0);
                    self.search(search);
                }
                Event::StartTls => {
                    assert!(!session.is_encrypted());
                    return false;
                }
                Event::Close(Closing::Unbind) => return false,
                Event::Close(why) => {
                    assert!(used == 0 && self.said.ends_with(b"1.3.6.1.4.1.1466.20036"));
                    self.note(format!("<{why:?}>").as_bytes());
                    return false;
                }
            }
        }
    }

    fn decide(&mut self, session: &mut Session, name: BindName) {
        let mut out = Vec::new();
        match (self.choices.below(4), name) {
            (0, _) | (_, BindName::Nobody) => session.refused("", &mut out),
            (1, _) => session.unavailable("Later.", &mut out),
            (_, BindName::Person(login)) => session.accepted(Identity::Person(login.into()), &mut out),
            (_, BindName::Reader(name)) => session.accepted(Identity::Reader(name.into()), &mut out),
        }
        assert_eq!(messages(&out), 1);
        self.said.append(&mut out);
    }

    fn search(&mut self, search: Search) {
        let entries_max = self.choices.below(6);
        let mut out = Vec::new();
        if entries_max == 5 {
            search.refuse(ResultCode::InsufficientAccessRights, "", &mut out);
            assert_eq!(messages(&out), 1);
            return;
        }
        let matching: Vec<bool> = PERSONS
            .iter()
            .map(|person| search.filter().evaluate(&Entry::person(self.tree, person)) == Truth::True)
            .collect();
        let is_of_person = matches!(search.base(), Place::Person(_));
        let is_of_all = matches!(search.base(), Place::People) && search.scope() != Scope::Base;
        let mut answer = Answer::new(search, entries_max.into());
        answer.containers(&mut out);
        for group in answer.groups() {
            answer.group(group, ["ada@example.org"], &mut out);
        }
        let people = answer.people();
        for (person, is_match) in PERSONS.iter().zip(matching) {
            let is_wanted = wanted(&people, person);
            assert!(is_wanted || !is_match || is_of_person || !is_of_all || people == People::Nobody);
            if is_wanted && answer.person(person, &mut out) == Next::Stop {
                break;
            }
        }
        answer.done(&mut out);
        assert!(messages(&out) <= 1 + usize::from(entries_max.max(1)), "more entries than may be");
        self.said.append(&mut out);
    }

    fn note(&mut self, what: &[u8]) {
        self.said.extend_from_slice(what);
        self.said.push(b'\n');
    }
}

/// In the order of their login names.
const PERSONS: [Person<'static>; 2] = [
    Person {
        login: "ada@example.org",
        addresses: &["ada@example.org", "countess@example.org"],
        display_name: Some("Ada Lovelace"),
        id: [1; 16],
        groups: &[Group::Mail],
        created: Some(1_000_000_000),
    },
    Person { login: "bob", addresses: &[], display_name: None, id: [2; 16], groups: &[], created: None },
];

fn wanted(people: &People, person: &Person<'_>) -> bool {
    let name = person.display_name.unwrap_or(person.login).to_lowercase();
    match people {
        People::Nobody => false,
        People::All { after } => after.as_deref().is_none_or(|after| person.login > after),
        People::Few(lookups) => lookups.iter().any(|lookup| match lookup {
            Lookup::Login(login) => login == person.login || person.addresses.contains(&login.as_str()),
            Lookup::Id(id) => *id == person.id,
            Lookup::Name(wanted) => *wanted == name,
        }),
    }
}

/// How many messages there are; each must be whole.
fn messages(mut out: &[u8]) -> usize {
    let mut count = 0;
    while let Some((tag, rest)) = out.split_first() {
        assert_eq!(*tag, 0x30);
        let (first, rest) = rest.split_first().expect("a length");
        let more = usize::from(first.saturating_sub(0x80));
        let length = match more {
            0 => usize::from(*first),
            _ => rest[..more].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        };
        out = rest[more..].get(length..).expect("a whole message");
        count += 1;
    }
    count
}
