//! Letters on their way: conversations with a mail server, its refusals and its absence, and a directory.

mod smtp;

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use smtp::{Begin, MailServer};
use tracing_subscriber::layer::SubscriberExt as _;
use valetkey_accounts::{Accounts, Cost, CreateAccount, CreateAppPassword, Foundation, Hasher, Stop, Stopper};
use valetkey_domain::policy::Actor;
use valetkey_domain::{AccountId, Clock, KeyFile, KeyRing, Kind, MasterKey, Networks, PrimaryPassword, Randomness};
use valetkey_store::{Connections, Location, Store};
use valetkey_testkit::{FixedClock, Seeded};
use valetkey_web::{Delivery, MailSettings, Postman, Protection, Smtp};

const OPERATOR: Actor = Actor::Operator { uid: 0 };
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    accounts: Arc<Accounts>,
    clock: Arc<FixedClock>,
}

impl World {
    fn new() -> Self {
        let (clock, randomness): (_, Arc<dyn Randomness>) = (Arc::new(FixedClock::new()), Arc::new(Seeded::new(1)));
        let opening: (Arc<dyn Clock>, _) = (clock.clone(), Arc::clone(&randomness));
        // The store blocks while it opens, which no runtime's own thread may do.
        let open = move || Store::open(&Location::Memory, Connections::default(), &opening.0, &*opening.1);
        let store = std::thread::spawn(open).join().expect("no panic").expect("the store opens");
        let cheap = Cost { memory_kib: 64, passes: 1 };
        let foundation = Foundation {
            store: Arc::new(store),
            keys: Arc::new(KeyRing::new(&KeyFile::new(MasterKey::generate(&*randomness)))),
            clock: clock.clone(),
            hasher: Hasher::start(cheap, 1, NonZeroUsize::MIN, &*randomness).expect("threads"),
            randomness,
        };
        let settings = valetkey_accounts::Settings {
            default_domain: Some("example.org".to_owned()),
            ..valetkey_accounts::Settings::default()
        };
        Self { accounts: Accounts::new(foundation, settings).0, clock }
    }

    async fn device(&self, name: &str) -> AccountId {
        let new = CreateAccount {
            kind: Kind::Device,
            login_names: vec![self.accounts.login_name(name).expect("a name")],
            display_name: name.parse().expect("a name"),
            notice_address: format!("{name}@home.example").parse().ok(),
            password: None,
        };
        self.accounts.create_account(&OPERATOR, new).await.expect("it is made").id
    }

    async fn app_password(&self, account: AccountId, name: &str) -> String {
        let label = name.parse().expect("a label");
        let new = CreateAppPassword { label, scopes: None, networks: Networks::default(), expires_at: None };
        let created = self.accounts.create_app_password(&OPERATOR, account, new).await.expect("it is made");
        created.secret.expose().clone()
    }

    async fn later(&self, by: Duration) {
        self.clock.advance(by);
        while !self.accounts.store().custody().is_held() {
            tokio::task::yield_now().await;
        }
    }

    fn postman(&self, delivery: Delivery) -> Postman {
        let settings = valetkey_web::Settings {
            registration: false,
            origin: "https://accounts.example.org".to_owned(),
            site: "example.org".to_owned(),
            contact: None,
            oauth: None,
            login_flow: None,
            app_settings: Vec::new(),
        };
        let from = "Accounts at example.org <accounts@example.org>".parse().expect("a sender");
        let mail = MailSettings { from, language: "en".to_owned(), delivery };
        Postman::new(Arc::clone(&self.accounts), settings, mail).expect("it can be used")
    }
}

fn to(server: &MailServer, protection: Protection) -> Delivery {
    let sign_in = Some(("valetkey".to_owned(), "its-password".to_owned().into()));
    Delivery::Smtp(Smtp {
        server: "localhost".to_owned(),
        port: server.address.port(),
        protection,
        sign_in: sign_in.filter(|_| protection != Protection::None),
        authorities: (protection != Protection::None).then(|| server.authority.clone().into_bytes()),
    })
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("still not: {what}"));
}

fn run(postman: Postman) -> (Stopper, tokio::task::JoinHandle<()>) {
    let (stopper, stop): (Stopper, Stop) = Stopper::new();
    (stopper, tokio::spawn(postman.run(stop)))
}

#[tokio::test]
async fn a_letter_reaches_a_mail_server_however_tls_begins() {
    for (begin, protection) in
        [(Begin::Tls, Protection::Implicit), (Begin::StartTls, Protection::StartTls), (Begin::Clear, Protection::None)]
    {
        let (world, server) = (World::new(), MailServer::start(begin).await);
        let printer = world.device("printer").await;
        let secret = world.app_password(printer, "On the desk").await;
        let (stopper, task) = run(world.postman(to(&server, protection)));
        until("the letter", || !server.letters().is_empty()).await;
        stopper.stop();
        task.await.expect("it ends well");
        let letter = server.letters().remove(0);
        for told in ["To: printer@home.example", "Auto-Submitted: auto-generated", "On the desk", "text/html"] {
            assert!(letter.contains(told), "{told}: {letter}");
        }
        assert!(!letter.replace("=\n", "").contains(&secret));
        let signed_in = server.heard.lock().expect("not poisoned").sign_ins.len();
        assert_eq!(signed_in, usize::from(protection != Protection::None), "{begin:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_cannot_prove_its_name_or_has_no_tls() {
    let (world, right) = (World::new(), MailServer::start(Begin::Tls).await);
    let (other, clear) = (MailServer::start(Begin::Tls).await, MailServer::start(Begin::Clear).await);
    let printer = world.device("printer").await;
    world.app_password(printer, "On the desk").await;
    let Delivery::Smtp(mut wrong) = to(&other, Protection::Implicit) else { panic!("it is a server") };
    wrong.authorities = Some(right.authority.clone().into_bytes());
    for delivery in [Delivery::Smtp(wrong), to(&clear, Protection::StartTls)] {
        let (stopper, task) = run(world.postman(delivery));
        // It is tried, and put off.
        tokio::time::sleep(Duration::from_secs(3)).await;
        stopper.stop();
        task.await.expect("it ends well");
        world.later(Duration::from_mins(6)).await;
    }
    assert!(other.letters().is_empty() && clear.letters().is_empty());
    let (stopper, task) = run(world.postman(to(&right, Protection::Implicit)));
    until("the letter", || !right.letters().is_empty()).await;
    stopper.stop();
    task.await.expect("it ends well");
}

#[tokio::test]
async fn one_that_is_refused_is_sent_again_and_arrives_once() {
    let (world, server) = (World::new(), MailServer::start(Begin::Tls).await);
    server.heard.lock().expect("not poisoned").refuse = 2;
    let printer = world.device("printer").await;
    world.app_password(printer, "On the desk").await;
    let (stopper, task) = run(world.postman(to(&server, Protection::Implicit)));
    for left in [1, 0] {
        until("a refusal", || server.heard.lock().expect("not poisoned").refuse == left).await;
        // The postman writes it down before anything is due again.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(server.letters().is_empty());
        world.later(Duration::from_mins(6)).await;
    }
    until("the letter", || !server.letters().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.later(Duration::from_hours(24)).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(server.letters().len(), 1);
    stopper.stop();
    task.await.expect("it ends well");
}

#[tokio::test]
async fn after_an_outage_everything_arrives_and_what_was_taken_without_a_word_has_the_same_id() {
    let world = World::new();
    let printer = world.device("printer").await;
    for n in 0..5 {
        world.app_password(printer, &format!("Number {n}")).await;
    }
    let gone = MailServer::start(Begin::Clear).await;
    let (address, delivery) = (gone.address, to(&gone, Protection::None));
    drop(gone);
    let (stopper, task) = run(world.postman(delivery));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let server = loop {
        // The port is free as soon as the task that listened has gone.
        if std::net::TcpListener::bind(address).is_ok() {
            break MailServer::start_at(address, Begin::Clear).await;
        }
        tokio::task::yield_now().await;
    };
    server.heard.lock().expect("not poisoned").hang_up = 1;
    world.later(Duration::from_mins(6)).await;
    until("five letters", || server.letters().len() == 5).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.later(Duration::from_mins(6)).await;
    until("one again", || server.letters().len() == 6).await;
    let id = |letter: &String| letter.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned);
    let ids: std::collections::BTreeSet<_> = server.letters().iter().map(id).collect();
    assert_eq!(ids.len(), 5, "the one that came twice is known by its id");
    stopper.stop();
    task.await.expect("it ends well");
}

#[tokio::test]
async fn without_a_mail_server_letters_are_files() {
    let (world, root) = (World::new(), tempfile::tempdir().expect("a directory"));
    let printer = world.device("printer").await;
    world.app_password(printer, "On the desk").await;
    let directory = root.path().join("letters");
    let (stopper, task) = run(world.postman(Delivery::Directory(directory.clone())));
    until("a file", || std::fs::read_dir(&directory).is_ok_and(|mut files| files.next().is_some())).await;
    stopper.stop();
    task.await.expect("it ends well");
    let name = std::fs::read_dir(&directory).expect("it is there").next().expect("a file").expect("a file").file_name();
    let name = name.into_string().expect("a name");
    assert!(name.starts_with("2026-11-21T00-00-00-000Z-"), "{name}");
}

/// All that one thread logs.
struct Log {
    of: ThreadId,
    text: Arc<Mutex<String>>,
}

impl Log {
    /// What this thread logs from now on, in one test of a process at most.
    ///
    /// It is the whole process's: whether anybody listens to a line of the log is asked when it is first reached, by whichever
    /// thread that is, and kept for all of them. Were it this thread's alone, another test's would say that nobody does.
    fn listen() -> Arc<Mutex<String>> {
        let text = Arc::default();
        let log = Self { of: thread::current().id(), text: Arc::clone(&text) };
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log)).expect("nobody listens yet");
        // Lines that were reached while it was set are asked about again.
        tracing::callsite::rebuild_interest_cache();
        text
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if thread::current().id() != self.of {
            return;
        }
        let mut log = self.text.lock().expect("not poisoned");
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            write!(log, "{field}={value:?} ").expect("a text");
        });
        log.push('\n');
    }
}

#[tokio::test]
async fn a_link_never_reaches_the_log() {
    let log = Log::listen();
    let (world, server) = (World::new(), MailServer::start(Begin::Tls).await);
    server.heard.lock().expect("not poisoned").refuse = 1;
    let new = CreateAccount {
        kind: Kind::Person,
        login_names: vec![world.accounts.login_name("ada").expect("a name")],
        display_name: "Ada".parse().expect("a name"),
        notice_address: "ada@home.example".parse().ok(),
        password: None::<PrimaryPassword>,
    };
    let ada = world.accounts.create_account(&OPERATOR, new).await.expect("it is made");
    world.accounts.mail_invitation(&OPERATOR, ada.id).await.expect("she is invited");
    let (stopper, task) = run(world.postman(to(&server, Protection::Implicit)));
    until("a refusal", || log.lock().expect("not poisoned").contains("a letter could not be sent")).await;
    world.later(Duration::from_mins(2)).await;
    until("the letter", || log.lock().expect("not poisoned").contains("a letter was sent")).await;
    stopper.stop();
    task.await.expect("it ends well");
    let letter = server.letters().remove(0).replace("=\n", "");
    let code = letter.split("/invite/").nth(1).and_then(|rest| rest.get(..19)).expect("a link");
    let log = log.lock().expect("not poisoned");
    assert!(!log.contains(code) && !log.contains("/reset/") && !log.contains("ada@"), "{log}");
    assert!(log.contains("451"), "{log}");
}
