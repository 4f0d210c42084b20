//! Sign-outs at other servers: written with the change that asks for them, carried out after it, at least once, at once and
//! again after the server's login timeout.

use std::time::Duration;

use valetkey_domain::{AccountId, CredentialId, EventId, LoginName, Timestamp};

use super::limit;
use crate::engine::{Param, Row};
use crate::{Snapshot, StoreError, Transaction};

/// Login names that one sign-out carries: more than any account has, and short enough for one request.
pub const SIGN_OUT_LOGINS_MAX: usize = 100;

/// Which of the two times that a server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// At once.
    First,
    /// After the server's login timeout: what it had begun by then has become a session, and nothing begins any more.
    Final,
}

impl Run {
    const fn number(self) -> i64 {
        match self {
            Self::First => 1,
            Self::Final => 2,
        }
    }
}

/// How far a sign-out has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutState {
    /// A run is still to come.
    Pending,
    /// The final run went well.
    Cut,
    /// It failed for too long.
    GivenUp,
}

impl SignOutState {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Cut => "cut",
            Self::GivenUp => "given-up",
        }
    }
}

/// A sign-out to be carried out.
#[derive(Clone, Debug)]
pub struct NewSignOut {
    /// Its id, which the receiver sees at every attempt of both runs.
    pub id: EventId,
    /// At which server, as the configuration calls it.
    pub server: String,
    /// Whose.
    pub account: AccountId,
    /// Of which app password; none if all are meant.
    pub credential: Option<CredentialId>,
    /// The account's login names, the canonical one first. At least one, at most [`SIGN_OUT_LOGINS_MAX`].
    pub logins: Vec<LoginName>,
    /// Why, by the reason's name.
    pub why: &'static str,
    /// The run that comes next.
    pub run: Run,
    /// Now. It is due at once.
    pub created_at: Timestamp,
}

/// A sign-out that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSignOut {
    /// Its id.
    pub id: EventId,
    /// At which server.
    pub server: String,
    /// Whose.
    pub account: AccountId,
    /// Of which app password; none if all were meant.
    pub credential: Option<CredentialId>,
    /// The account's login names as they were, the canonical one first. None any more once it is done.
    pub logins: Vec<LoginName>,
    /// Why, by the reason's name.
    pub why: String,
    /// How far it has come.
    pub state: SignOutState,
    /// The run that is due next, or was the last.
    pub run: Run,
    /// How often this run was taken.
    pub attempts: u32,
    /// What came of the runs that went well.
    pub outcome: Option<String>,
    /// Why the last attempt failed, if none went well since.
    pub trouble: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it is to be taken.
    pub due_at: Timestamp,
}

impl KeptSignOut {
    /// Whether its server is told twice: it is yet to be told the first time, or was.
    const fn is_told_twice(&self) -> bool {
        matches!(self.run, Run::First) || self.outcome.is_some()
    }
}

impl Snapshot<'_> {
    /// When the next sign-out at a server is due; none if nothing is to be done there.
    pub fn next_sign_out(&mut self, server: &str) -> Result<Option<Timestamp>, StoreError> {
        let next = self.first(
            "SELECT MIN(due_at) FROM sign_out WHERE server = $1 AND done_at IS NULL",
            &[server.into()],
            |row| row.maybe_moment(0),
        )?;
        Ok(next.flatten())
    }

    /// Servers at which something is still to be done, as many as are told of one sign-out and more.
    pub fn servers_to_tell(&mut self) -> Result<Vec<String>, StoreError> {
        self.all(
            "SELECT DISTINCT server FROM sign_out WHERE done_at IS NULL ORDER BY server LIMIT $1",
            &[limit(usize::MAX)],
            |row| row.text(0).map(str::to_owned),
        )
    }

    /// One, if it is still kept.
    pub fn sign_out(&mut self, id: EventId) -> Result<Option<KeptSignOut>, StoreError> {
        self.first(
            "SELECT id, server, account_id, credential_id, logins, why, state, run, attempts, outcome, trouble, created_at, due_at
             FROM sign_out WHERE id = $1",
            &[id.as_bytes().into()],
            read,
        )
    }

    /// Everybody's, the newest first.
    pub fn all_sign_outs(&mut self, at_most: usize) -> Result<Vec<KeptSignOut>, StoreError> {
        self.all(
            "SELECT id, server, account_id, credential_id, logins, why, state, run, attempts, outcome, trouble, created_at, due_at
             FROM sign_out ORDER BY created_at DESC, id DESC LIMIT $1",
            &[limit(at_most)],
            read,
        )
    }

    /// Those of an account, the newest first.
    pub fn sign_outs(&mut self, account: AccountId, at_most: usize) -> Result<Vec<KeptSignOut>, StoreError> {
        self.all(
            "SELECT id, server, account_id, credential_id, logins, why, state, run, attempts, outcome, trouble, created_at, due_at
             FROM sign_out WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
            &[account.as_bytes().into(), limit(at_most)],
            read,
        )
    }
}

impl Transaction<'_> {
    /// Leaves a sign-out to be carried out. It stands for those of the same account, app password and server that are not done
    /// yet, with all that they still owe: their login names, and both runs if one of two was to come. They go, so that asking
    /// again and again leaves no more than one; only what would be more than [`SIGN_OUT_LOGINS_MAX`] names stays by itself.
    pub fn leave_sign_out(&mut self, new: &NewSignOut) -> Result<(), StoreError> {
        let (mut logins, mut run, mut why) = (new.logins.clone(), new.run, new.why.to_owned());
        for owed in self.owed_sign_outs(new)? {
            let more: Vec<_> = owed.logins.iter().filter(|login| !logins.contains(login)).cloned().collect();
            if logins.len() + more.len() > SIGN_OUT_LOGINS_MAX {
                continue;
            }
            logins.extend(more);
            if run == Run::Final && owed.is_told_twice() {
                (run, why) = (Run::First, owed.why);
            }
            self.execute("DELETE FROM sign_out WHERE id = $1 AND done_at IS NULL", &[owed.id.as_bytes().into()])?;
        }
        let logins: Vec<&str> = logins.iter().map(LoginName::as_str).collect();
        self.execute(
            "INSERT INTO sign_out (id, server, account_id, credential_id, logins, why, state, run, attempts, created_at, due_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, 0, $8, $8)",
            &[
                new.id.as_bytes().into(),
                (&new.server).into(),
                new.account.as_bytes().into(),
                new.credential.as_ref().map(CredentialId::as_bytes).into(),
                (&logins.join("\n")).into(),
                (&why).into(),
                Param::Int(run.number()),
                new.created_at.into(),
            ],
        )?;
        Ok(())
    }

    /// What is not done yet and a new one may stand for, the newest first.
    fn owed_sign_outs(&mut self, new: &NewSignOut) -> Result<Vec<KeptSignOut>, StoreError> {
        self.all(
            "SELECT id, server, account_id, credential_id, logins, why, state, run, attempts, outcome, trouble, created_at, due_at
             FROM sign_out WHERE account_id = $1 AND server = $2 AND done_at IS NULL
             AND (credential_id = $3 OR (credential_id IS NULL AND $3 IS NULL))
             ORDER BY created_at DESC, id DESC LIMIT $4",
            &[
                new.account.as_bytes().into(),
                (&new.server).into(),
                new.credential.as_ref().map(CredentialId::as_bytes).into(),
                limit(usize::MAX),
            ],
            read,
        )
    }

    /// Takes sign-outs at a server that are due, the longest due first, and puts them off: if whoever took them does not come
    /// back in time, they are taken again. Until then nobody else gets them.
    pub fn take_sign_outs(
        &mut self,
        server: &str,
        now: Timestamp,
        put_off: Duration,
        at_most: usize,
    ) -> Result<Vec<KeptSignOut>, StoreError> {
        let due = self.all(
            "SELECT id, server, account_id, credential_id, logins, why, state, run, attempts, outcome, trouble, created_at, due_at
             FROM sign_out WHERE server = $1 AND done_at IS NULL AND due_at <= $2 ORDER BY due_at, id LIMIT $3",
            &[server.into(), now.into(), limit(at_most)],
            read,
        )?;
        let mut taken = Vec::with_capacity(due.len());
        for mut one in due {
            // Somebody else may have taken it since it was read.
            let is_ours = self.execute(
                "UPDATE sign_out SET attempts = attempts + 1, due_at = $1 WHERE id = $2 AND done_at IS NULL AND due_at <= $3",
                &[(now + put_off).into(), one.id.as_bytes().into(), now.into()],
            )?;
            if is_ours == 1 {
                one.attempts = one.attempts.saturating_add(1);
                taken.push(one);
            }
        }
        Ok(taken)
    }

    /// After a start: what was taken by a process that is gone, or had failed, is due now.
    pub fn hurry_sign_outs(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "UPDATE sign_out SET due_at = $1 WHERE done_at IS NULL AND attempts > 0 AND due_at > $1",
            &[now.into()],
        )
    }

    /// Says why an attempt failed and when the next one is due.
    pub fn put_sign_out_off(&mut self, id: EventId, trouble: &str, due_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sign_out SET trouble = $1, due_at = $2 WHERE id = $3 AND done_at IS NULL",
            &[trouble.into(), due_at.into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// The first run went well: what came of it, and when the final one is due.
    pub fn begin_final_run(&mut self, id: EventId, outcome: &str, due_at: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sign_out SET run = 2, attempts = 0, outcome = $1, trouble = NULL, due_at = $2
             WHERE id = $3 AND done_at IS NULL",
            &[outcome.into(), due_at.into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// The final run went well. The login names are not needed any more.
    pub fn end_sign_out(&mut self, id: EventId, outcome: &str, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sign_out SET state = 'cut', outcome = $1, trouble = NULL, logins = NULL, done_at = $2
             WHERE id = $3 AND done_at IS NULL",
            &[outcome.into(), now.into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// It failed for too long. The login names are not needed any more.
    pub fn give_sign_out_up(&mut self, id: EventId, trouble: &str, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE sign_out SET state = 'given-up', trouble = $1, logins = NULL, done_at = $2
             WHERE id = $3 AND done_at IS NULL",
            &[trouble.into(), now.into(), id.as_bytes().into()],
        )?;
        Ok(())
    }

    /// Forgets those that were done before this; a thousand at a time. Says how many.
    pub fn prune_sign_outs(&mut self, done_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM sign_out WHERE id IN (
                SELECT id FROM sign_out WHERE created_at < $1 AND done_at < $1 ORDER BY created_at LIMIT $2)",
            &[done_before.into(), limit(usize::MAX)],
        )
    }

    /// Forgets those at a server that were left before this and are not done; a thousand at a time. Says how many.
    pub fn drop_sign_outs(&mut self, server: &str, left_before: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "DELETE FROM sign_out WHERE id IN (
                SELECT id FROM sign_out WHERE server = $1 AND done_at IS NULL AND created_at < $2
                ORDER BY due_at, id LIMIT $3)",
            &[server.into(), left_before.into(), limit(usize::MAX)],
        )
    }
}

fn read(row: &Row<'_>) -> Result<KeptSignOut, StoreError> {
    const TABLE: &str = "sign_out";
    let malformed = |column| StoreError::Malformed { table: TABLE, column };
    let credential = row.maybe_bytes(3)?.map(CredentialId::try_from).transpose();
    Ok(KeptSignOut {
        id: row.id(0)?,
        server: row.text(1)?.to_owned(),
        account: row.id(2)?,
        credential: credential.map_err(|_| malformed("credential_id"))?,
        logins: row.maybe_text(4)?.unwrap_or_default().lines().map(LoginName::from_canonical).collect(),
        why: row.text(5)?.to_owned(),
        state: [SignOutState::Pending, SignOutState::Cut, SignOutState::GivenUp]
            .into_iter()
            .find(|state| row.text(6).is_ok_and(|name| name == state.name()))
            .ok_or(malformed("state"))?,
        run: if row.int(7)? == Run::First.number() { Run::First } else { Run::Final },
        attempts: u32::try_from(row.int(8)?).unwrap_or(u32::MAX),
        outcome: row.maybe_text(9)?.map(str::to_owned),
        trouble: row.maybe_text(10)?.map(str::to_owned),
        created_at: row.moment(11)?,
        due_at: row.moment(12)?,
    })
}
