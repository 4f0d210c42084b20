//! Somebody who changes a territory, one change at a time, until the server is gone.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::Chance;
use super::territory::{ACTIVE, Account, Op, Territory, list, observe, states};
use crate::server::admin::{Admin, Reply};

/// Accounts that a writer has at a time; then it deletes one.
const ACCOUNTS_MAX: usize = 3;
/// App passwords that an account is given, revoked ones counted; then it is deleted.
const KEYS_MAX: usize = 12;
/// Login names that an account is given.
const NAMES_MAX: usize = 5;
/// A seed for authenticator apps: nobody takes a code from it.
const SEED: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// Somebody who changes a territory.
pub struct Writer {
    number: usize,
    chance: Chance,
    /// As it is after the last acknowledged change.
    territory: Territory,
    /// The change that was not answered any more.
    doubtful: Option<Op>,
    /// App passwords by label.
    known: HashMap<String, Known>,
    /// Login names that were deleted for good, lately.
    gone: Vec<String>,
    /// The account that all writers share, whose login name it is.
    shared: String,
    serial: usize,
}

/// What is known of an app password.
struct Known {
    login: String,
    id: String,
    /// None if its making was not answered any more.
    secret: Option<String>,
}

impl Writer {
    /// A writer with nothing yet.
    pub fn new(number: usize, seed: u64) -> Self {
        Self {
            number,
            chance: Chance::branch(seed, number as u64),
            territory: Territory::default(),
            doubtful: None,
            known: HashMap::new(),
            gone: Vec::new(),
            shared: String::new(),
            serial: 0,
        }
    }

    /// Goes on in another shared account.
    pub fn share(&mut self, login: &str) {
        login.clone_into(&mut self.shared);
        self.territory.shared.clear();
    }

    /// Changes this and that until the server is gone, and counts what is acknowledged.
    ///
    /// # Panics
    /// If the server refuses what it should not.
    pub fn write(&mut self, admin: &Admin, acknowledged: &AtomicUsize) {
        loop {
            let op = self.next();
            let question = op.question(|label| self.known[label].id.clone(), SEED);
            match (admin.ask(&question), &op) {
                (Reply::Done(answer), _) => {
                    self.learn(&op, &answer);
                    op.apply(&mut self.territory);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                // Others took the last of its places.
                (Reply::Refused(why), Op::MakeShared { .. }) if why.contains("25") => {}
                (Reply::NobodyThere, _) => return,
                (Reply::Unanswered, _) => {
                    self.doubtful = Some(op);
                    return;
                }
                (reply, op) => panic!("writer {}: {op:?}: {reply:?}", self.number),
            }
        }
    }

    fn learn(&mut self, op: &Op, answer: &Value) {
        match op {
            Op::MakeKey { login, label } | Op::MakeShared { login, label } => {
                let text = |field: &str| answer[field].as_str().expect("a text").to_owned();
                let known = Known { login: login.clone(), id: text("id"), secret: Some(text("app_password")) };
                self.known.insert(label.clone(), known);
            }
            Op::Delete { login } => self.forget(&login.clone()),
            _ => {}
        }
    }

    fn forget(&mut self, login: &str) {
        self.known.retain(|_, known| known.login != login);
        self.gone.push(login.to_owned());
    }

    fn next(&mut self) -> Op {
        self.serial += 1;
        let fresh = format!("w{}-{}", self.number, self.serial);
        if self.territory.accounts.len() < ACCOUNTS_MAX {
            let kind = self.chance.pick(&["person", "device"]);
            return Op::Make { login: format!("{fresh}@example.org"), kind };
        }
        let labels: Vec<&String> =
            self.territory.shared.iter().filter(|(_, state)| *state == ACTIVE).map(|(label, _)| label).collect();
        let mine = labels.len();
        match self.chance.below(8) {
            0 | 1 => return Op::MakeShared { login: self.shared.clone(), label: fresh },
            // As if of one mind: all together they keep it full.
            2 if mine > 3 => {
                let label = (*self.chance.pick(&labels)).clone();
                return Op::RevokeShared { login: self.shared.clone(), label };
            }
            _ => {}
        }
        let accounts: Vec<(&String, &Account)> = self.territory.accounts.iter().collect();
        let (login, account) = *self.chance.pick(&accounts);
        if account.keys.len() >= KEYS_MAX {
            return Op::Delete { login: login.clone() };
        }
        self.chance.pick(&meaningful(login, account, &fresh)).clone()
    }

    /// Compares with what the server has after it was killed and started again.
    ///
    /// # Panics
    /// If an acknowledged change is not there, or one that was not acknowledged is half there.
    pub fn compare(&mut self, admin: &Admin) {
        let before = self.territory.clone();
        let mut after = before.clone();
        let doubtful = self.doubtful.take();
        if let Some(op) = &doubtful {
            op.apply(&mut after);
        }
        let logins: BTreeSet<&String> = before.accounts.keys().chain(after.accounts.keys()).collect();
        let found = self.observe(admin, &logins);
        assert!(
            found == before || found == after,
            "writer {}: after {doubtful:?}\nfound    {found:#?}\nbefore   {before:#?}\nafter    {after:#?}",
            self.number
        );
        if found == after
            && let Some(Op::Delete { login }) = &doubtful
        {
            self.forget(login);
        }
        self.territory = found;
        for login in self.gone.drain(..) {
            assert!(observe(admin, &login).is_none(), "{login} was deleted and is there again");
        }
        self.try_keys(admin);
    }

    fn observe(&mut self, admin: &Admin, logins: &BTreeSet<&String>) -> Territory {
        let mut found = Territory::default();
        for login in logins {
            if let Some((account, keys)) = observe(admin, login) {
                self.meet(login, &keys);
                found.accounts.insert((*login).clone(), account);
            }
        }
        let mut shared = list(admin, &self.shared);
        let active = shared.iter().filter(|key| key["state"] == ACTIVE).count();
        assert!(active <= 25, "{active} active app passwords in one account");
        let ours = format!("w{}-", self.number);
        shared.retain(|key| key["label"].as_str().is_some_and(|label| label.starts_with(&ours)));
        self.meet(&self.shared.clone(), &shared);
        found.shared = states(&shared);
        found
    }

    /// Notes the ids of app passwords whose making was not answered.
    fn meet(&mut self, login: &str, keys: &[Value]) {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        for key in keys {
            let known = Known { login: login.to_owned(), id: text(&key["id"]), secret: None };
            self.known.entry(text(&key["label"])).or_insert(known);
        }
    }

    /// Every active app password signs in, and one of those that were revoked does not.
    fn try_keys(&self, admin: &Admin) {
        let accounts = self.territory.accounts.iter().map(|(login, account)| (login, &account.keys));
        let all = accounts.chain([(&self.shared, &self.territory.shared)]);
        let states = all.flat_map(|(login, keys)| keys.iter().map(move |(label, state)| (login, label, state)));
        let mut revoked = Vec::new();
        for (login, label, state) in states {
            let Some(secret) = &self.known[label].secret else { continue };
            if state == ACTIVE {
                assert_eq!(admin.verdict(login, secret), "accepted", "{label} of {login}, which is active");
            } else {
                revoked.push((login, label, secret));
            }
        }
        // A refusal takes its time.
        if !revoked.is_empty() {
            let (login, label, secret) = *self.chance.pick(&revoked);
            assert_eq!(admin.verdict(login, secret), "revoked", "{label} of {login}");
        }
    }
}

/// What may be done to an account and must not be refused.
fn meaningful(login: &str, account: &Account, fresh: &str) -> Vec<Op> {
    let login = login.to_owned();
    let delete = Op::Delete { login: login.clone() };
    if account.state != ACTIVE {
        return vec![Op::Resume { login }, delete];
    }
    let is_person = account.kind == "person";
    let mut ops = vec![Op::Suspend { login: login.clone() }, Op::RevokeAll { login: login.clone() }, delete];
    if account.names.len() < NAMES_MAX {
        ops.push(Op::AddName { login: login.clone(), name: format!("{fresh}@example.org") });
    }
    if is_person {
        let role = account.role.is_none().then_some("auditor");
        ops.extend([Op::SetRole { login: login.clone(), role }, Op::ResetPassword { login: login.clone() }]);
        ops.push(if account.factors == 0 {
            Op::Enrol { login: login.clone() }
        } else {
            Op::RemoveFactor { login: login.clone() }
        });
    }
    if !is_person || account.factors > 0 {
        // What is asked for most often.
        ops.extend((0..6).map(|_| Op::MakeKey { login: login.clone(), label: fresh.to_owned() }));
    } else {
        ops.extend((0..4).map(|_| Op::Enrol { login: login.clone() }));
    }
    ops.extend(account.active().take(3).map(|label| Op::Revoke { login: login.clone(), label: label.clone() }));
    ops
}
