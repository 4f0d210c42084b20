//! What the tests of this crate stand on: a service with a clock that stands still, people in it, and connections that
//! know whether they were closed.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use valetkey_accounts::gate::{CutReason, Sever};
use valetkey_accounts::{
    Accepted, Accounts, Answer, Attempt, Caretaker, Cost, CreateAccount, CreateAppPassword, CreatedAppPassword,
    Foundation, Hasher, Passed, SecondFactor, Settings, SignIn, Stopper,
};
use valetkey_domain::policy::Actor;
use valetkey_domain::{
    AccountId, AppPasswordId, Clock, KeyFile, KeyRing, Kind, Label, MasterKey, Networks, PrimaryPassword, Randomness,
    Service, TotpCode, TotpSeed, Why,
};
use valetkey_store::{Connections, Location, OpenError, Store};
use valetkey_testkit::{FixedClock, RealClock, Seeded};

pub(crate) const OPERATOR: Actor = Actor::Operator { uid: 0 };
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

pub(crate) fn password(text: &str) -> PrimaryPassword {
    PrimaryPassword::choose(text).expect("long enough")
}

/// A connection that knows whether, and why, it was closed.
pub(crate) struct Closed {
    why: watch::Sender<Option<CutReason>>,
}

impl Closed {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { why: watch::Sender::new(None) })
    }

    pub(crate) fn why(&self) -> Option<CutReason> {
        *self.why.borrow()
    }

    pub(crate) async fn closed(&self) {
        self.why.subscribe().wait_for(Option::is_some).await.expect("the sender lives");
    }
}

impl Sever for Closed {
    fn sever(&self, cut: Option<CutReason>) {
        if cut.is_some() {
            self.why.send_replace(cut);
        }
    }
}

/// A connection that takes its time to close: until it is told to go on.
pub(crate) struct Slow {
    asked: watch::Sender<bool>,
    may: (Mutex<bool>, std::sync::Condvar),
}

impl Slow {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { asked: watch::Sender::new(false), may: Default::default() })
    }

    pub(crate) async fn is_asked(&self) {
        self.asked.subscribe().wait_for(|asked| *asked).await.expect("the sender lives");
    }

    pub(crate) fn go_on(&self) {
        *self.may.0.lock().expect("not poisoned") = true;
        self.may.1.notify_all();
    }
}

impl Sever for Slow {
    fn sever(&self, cut: Option<CutReason>) {
        if cut.is_some() {
            self.asked.send_replace(true);
            let may = self.may.0.lock().expect("not poisoned");
            drop(self.may.1.wait_while(may, |may| !*may).expect("not poisoned"));
        }
    }
}

pub(crate) struct World {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) clock: Arc<FixedClock>,
    real: bool,
    randomness: Arc<dyn Randomness>,
    caretaker: Mutex<Option<Caretaker>>,
    people: Mutex<HashMap<AccountId, Person>>,
}

struct Person {
    seed: TotpSeed,
    recovery_codes: Vec<String>,
}

pub(crate) struct Running {
    stop: Stopper,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.stop();
        self.task.await.expect("the caretaker ends well");
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::at(Location::Memory)
    }

    pub(crate) fn at(location: Location) -> Self {
        Self::with(location, |_| {})
    }

    pub(crate) fn with(location: Location, set: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(FixedClock::new());
        Self::build(location, set, clock.clone(), clock, false)
    }

    /// With time that passes, for what depends on leases.
    pub(crate) fn with_real_clock(location: Location, set: impl FnOnce(&mut Settings)) -> Self {
        Self::build(location, set, Arc::new(FixedClock::new()), Arc::new(RealClock), true)
    }

    fn build(
        location: Location,
        set: impl FnOnce(&mut Settings),
        fixed: Arc<FixedClock>,
        clock: Arc<dyn Clock>,
        real: bool,
    ) -> Self {
        let randomness: Arc<dyn Randomness> = Arc::new(Seeded::new(1));
        let mut settings = Settings { default_domain: Some("example.org".into()), ..Settings::default() };
        settings.rules.admin_may_create = true;
        set(&mut settings);
        let opening = (Arc::clone(&clock), Arc::clone(&randomness));
        // The store blocks while it opens, which no runtime's own thread may do.
        // A world before this one may have to let go of its store yet: what changes something runs to its end by itself.
        let open = move || {
            let mut looks = 1000;
            loop {
                match Store::open(&location, Connections::default(), &opening.0, &*opening.1) {
                    Err(OpenError::Held(_)) if looks > 0 => looks -= 1,
                    opened => return opened,
                }
                std::thread::park_timeout(Duration::from_millis(10));
            }
        };
        let store = std::thread::spawn(open).join().expect("no panic").expect("the store opens");
        let keys = KeyRing::new(&KeyFile::new(MasterKey::generate(&*randomness)));
        let cheap = Cost { memory_kib: 64, passes: 1 };
        let hasher = Hasher::start(cheap, 1, NonZeroUsize::new(2).expect("two"), &*randomness).expect("threads");
        let foundation = Foundation {
            store: Arc::new(store),
            keys: Arc::new(keys),
            clock,
            randomness: Arc::clone(&randomness),
            hasher,
        };
        let (accounts, caretaker) = Accounts::new(foundation, settings);
        Self {
            accounts,
            clock: fixed,
            real,
            randomness,
            caretaker: Mutex::new(Some(caretaker)),
            people: Mutex::default(),
        }
    }

    pub(crate) fn start_caretaker(&self) -> Running {
        let caretaker = self.caretaker.lock().expect("not poisoned").take().expect("it is started once");
        let (stop, stopped) = Stopper::new();
        Running { stop, task: tokio::spawn(caretaker.run(stopped)) }
    }

    pub(crate) async fn person_without_factor(&self, name: &str) -> AccountId {
        self.make(name, Kind::Person, Some(password(PASSWORD))).await
    }

    pub(crate) async fn device(&self, name: &str) -> AccountId {
        self.make(name, Kind::Device, None).await
    }

    /// A person with a primary password and an authenticator app.
    pub(crate) async fn person(&self, name: &str) -> AccountId {
        let id = self.person_without_factor(name).await;
        let seed = TotpSeed::generate(&*self.randomness);
        let enrolled =
            self.accounts.enrol_totp(&OPERATOR, id, label("Phone"), seed.clone(), None).await.expect("it is enrolled");
        let recovery_codes = enrolled.recovery_codes.iter().map(|c| c.reveal().expose().clone()).collect();
        self.people.lock().expect("not poisoned").insert(id, Person { seed, recovery_codes });
        id
    }

    async fn make(&self, name: &str, kind: Kind, password: Option<PrimaryPassword>) -> AccountId {
        let new = CreateAccount {
            kind,
            login_names: vec![self.accounts.login_name(name).expect("a name")],
            display_name: name.parse().expect("a name"),
            notice_address: None,
            password,
        };
        self.accounts.create_account(&OPERATOR, new).await.expect("it is made").id
    }

    pub(crate) fn code(&self, id: AccountId) -> TotpCode {
        let now = if self.real { RealClock.now() } else { self.clock.now() };
        self.people.lock().expect("not poisoned")[&id].seed.code_at(now)
    }

    pub(crate) fn recovery_codes(&self, id: AccountId) -> Vec<String> {
        self.people.lock().expect("not poisoned")[&id].recovery_codes.clone()
    }

    /// Signs in as a person does on the portal.
    pub(crate) async fn step_up(&self, id: AccountId) -> (Passed, Actor) {
        let login =
            self.accounts.show_account(&OPERATOR, id).await.expect("it is there").account.login_names[0].clone();
        let passed = self.accounts.check_password(&login, &password(PASSWORD)).await.expect("it is right");
        let holder =
            self.accounts.check_second_factor(&passed, SecondFactor::Totp(self.code(id))).await.expect("it is right");
        (passed, holder)
    }

    pub(crate) fn new_app_password(name: &str) -> CreateAppPassword {
        CreateAppPassword { label: label(name), scopes: None, networks: Networks::default(), expires_at: None }
    }

    pub(crate) async fn create(&self, account: AccountId, new: CreateAppPassword) -> CreatedAppPassword {
        self.accounts.create_app_password(&OPERATOR, account, new).await.expect("it is made")
    }

    pub(crate) async fn app_password(&self, account: AccountId, name: &str) -> CreatedAppPassword {
        self.create(account, Self::new_app_password(name)).await
    }

    pub(crate) fn some_app_password_id(&self) -> AppPasswordId {
        AppPasswordId::new(self.clock.now(), &*self.randomness)
    }

    pub(crate) fn attempt<'a>(login: &'a str, secret: &'a str, service: Service) -> Attempt<'a> {
        Attempt {
            login,
            acting_for: None,
            secret: secret.as_bytes(),
            only_canonical: false,
            service,
            network: None,
            tls: true,
            client: None,
        }
    }

    pub(crate) async fn accepted(&self, login: &str, secret: &str, service: Service) -> Accepted {
        match self.accounts.sign_in_app(&Self::attempt(login, secret, service), Closed::new()).await {
            SignIn::Accepted(accepted) => accepted,
            SignIn::Refused(refusal) => panic!("refused: {:?}", refusal.why()),
            SignIn::Broken(error) => panic!("broken: {error}"),
            SignIn::Cut => panic!("cut"),
        }
    }

    pub(crate) async fn accepted_on(&self, login: &str, secret: &str, connection: Arc<Closed>) -> Accepted {
        match self.accounts.sign_in_app(&Self::attempt(login, secret, Service::Imap), connection).await {
            SignIn::Accepted(accepted) => accepted,
            _ => panic!("not accepted"),
        }
    }

    pub(crate) async fn refused(&self, login: &str, secret: &str, service: Service) -> (Why, Answer) {
        match self.accounts.sign_in_app(&Self::attempt(login, secret, service), Closed::new()).await {
            SignIn::Refused(refusal) => (refusal.why(), refusal.settle().await),
            SignIn::Accepted(_) => panic!("accepted"),
            SignIn::Broken(error) => panic!("broken: {error}"),
            SignIn::Cut => panic!("cut"),
        }
    }
}
