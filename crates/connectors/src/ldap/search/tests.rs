//! What a search costs others, on a runtime with one thread: who gets no turn on it, gets none.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use valetkey_accounts::{Accounts, Cost, CreateAccount, CreateAppPassword, Foundation, Hasher};
use valetkey_domain::policy::Actor;
use valetkey_domain::{Clock, KeyFile, KeyRing, Kind, MasterKey, Networks, Randomness};
use valetkey_store::{Connections, Location, Store};
use valetkey_testkit::{FixedClock, Seeded};
use valetkey_wire::ldap::{Transport, Tree};
use zeroize::Zeroizing;

use super::super::{Origin, Reader, Settings};
use super::*;
use crate::desk::Rules;

const OPERATOR: Actor = Actor::Operator { uid: 0 };

/// A directory of so many devices, with app passwords for mail.
struct Directory {
    connector: Arc<Connector>,
}

impl Directory {
    async fn of(count: usize, keys: usize, entries_max: u32) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
        let randomness: Arc<dyn Randomness> = Arc::new(Seeded::new(1));
        let opening = (Arc::clone(&clock), Arc::clone(&randomness));
        // The store blocks while it opens, which no runtime's own thread may do.
        let open = move || Store::open(&Location::Memory, Connections::default(), &opening.0, &*opening.1);
        let store = std::thread::spawn(open).join().expect("no panic").expect("the store opens");
        let cost = Cost { memory_kib: 64, passes: 1 };
        let hasher = Hasher::start(cost, 1, NonZeroUsize::MIN, &*randomness).expect("threads");
        let foundation = Foundation {
            store: Arc::new(store),
            keys: Arc::new(KeyRing::new(&KeyFile::new(MasterKey::generate(&*randomness)))),
            clock: Arc::clone(&clock),
            randomness,
            hasher,
        };
        let (accounts, _caretaker) = Accounts::new(foundation, valetkey_accounts::Settings::default());
        for number in 0..count {
            make(&accounts, number, number < keys).await;
        }
        let settings = Settings {
            rules: Rules { service: None, only_canonical: false, clock },
            tree: Tree::new("dc=example,dc=org").expect("a base"),
            readers: vec![Reader { name: "reader".to_owned(), secret: Zeroizing::new(b"secret".to_vec()) }],
            tls: None,
            in_clear: true,
            entries_max,
            connections_max: 1,
        };
        Self { connector: Connector::new(accounts, settings) }
    }

    /// What a reader is answered who asks for this, and how many turns others had meanwhile.
    async fn asked(&self, filter: &[u8], attribute: &str) -> (Vec<u8>, usize) {
        let (mut client, mut server) = duplex(1 << 24);
        let bind = [&[2, 1, 3][..], &ber(4, b"cn=reader,dc=example,dc=org"), &ber(0x80, b"secret")].concat();
        let limits = [10, 1, 2, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0];
        let attributes = ber(0x30, &ber(4, attribute.as_bytes()));
        let search = [&ber(4, b"dc=example,dc=org"), &limits[..], filter, &attributes].concat();
        client.write_all(&[message(0x60, &bind), message(0x63, &search)].concat()).await.expect("there is room");
        client.shutdown().await.expect("it is open");
        let turns = Arc::new(AtomicUsize::new(0));
        let others = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move {
                loop {
                    turns.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            }
        });
        let transport = Transport::Clear { offers_start_tls: false, may_bind: true };
        let mut session = Session::new(Arc::clone(&self.connector.tree), transport);
        let origin = Origin { network: None, is_tls: false };
        assert!(self.connector.speak(&mut server, &mut session, origin).await.is_ok());
        let turns = turns.load(Ordering::Relaxed);
        others.abort();
        drop(server);
        let mut said = Vec::new();
        client.read_to_end(&mut said).await.expect("it is all there");
        (said, turns)
    }
}

async fn make(accounts: &Arc<Accounts>, number: usize, has_key: bool) {
    let new = CreateAccount {
        kind: Kind::Device,
        login_names: vec![accounts.login_name(&format!("device-{number}@example.org")).expect("a name")],
        display_name: format!("Device {number}").parse().expect("a name"),
        notice_address: None,
        password: None,
    };
    let id = accounts.create_account(&OPERATOR, new).await.expect("it is made").id;
    if has_key {
        let (label, scopes) = ("Scanner".parse().expect("a label"), Some([Scope::Mail].into_iter().collect()));
        let new = CreateAppPassword { label, scopes, networks: Networks::default(), expires_at: None };
        drop(accounts.create_app_password(&OPERATOR, id, new).await.expect("it is made"));
    }
}

/// An element of BER, with its length in four bytes.
fn ber(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).expect("it is short").to_be_bytes();
    [&[tag, 0x84], &length[..], value].concat()
}

fn message(operation: u8, fields: &[u8]) -> Vec<u8> {
    ber(0x30, &[&[2, 1, 1], &ber(operation, fields)[..]].concat())
}

fn equal(attribute: &str, value: &str) -> Vec<u8> {
    ber(0xa3, &[ber(4, attribute.as_bytes()), ber(4, value.as_bytes())].concat())
}

fn times(said: &[u8], what: &str) -> usize {
    said.windows(what.len()).filter(|bytes| *bytes == what.as_bytes()).count()
}

#[tokio::test]
async fn others_have_their_turns_while_a_reader_goes_through_all() {
    let directory = Directory::of(2 * PAGE + 1, 0, 10_000).await;
    let names: Vec<u8> = (0..NAMES_MAX).flat_map(|number| equal("cn", &format!("device {number}"))).collect();
    let logins: Vec<u8> = (0..=PAGE).flat_map(|number| equal("uid", &format!("device-{number}@example.org"))).collect();
    for (what, filter, attribute, people, reads) in [
        ("everybody", equal("objectClass", "inetOrgPerson"), "1.1", 2 * PAGE + 1, 3),
        ("a group's members", equal("cn", "mail"), "member", 0, 3),
        ("some names", ber(0xa1, &names), "1.1", NAMES_MAX, NAMES_MAX),
        ("many login names", ber(0xa1, &logins), "1.1", PAGE + 1, 2),
    ] {
        let (said, turns) = directory.asked(&filter, attribute).await;
        assert_eq!(times(&said, "uid=device-"), people, "{what}");
        assert!(turns >= reads, "{what}: others had {turns} turns in {reads} reads");
    }
}

#[tokio::test]
async fn a_group_of_more_than_may_be_given_is_not_gathered() {
    let too_many = "A group has more members";
    for (keys, expected) in [(2, (2, 0)), (3, (0, 1))] {
        let directory = Directory::of(4, keys, 2).await;
        let (said, _) = directory.asked(&equal("cn", "mail"), "member").await;
        assert_eq!((times(&said, "uid=device-"), times(&said, too_many)), expected, "{keys} of 4 are in it");
        let (said, _) = directory.asked(&equal("cn", "mail"), "cn").await;
        assert_eq!((times(&said, "cn=mail,ou=groups"), times(&said, too_many)), (1, 0), "without its members");
    }
}
