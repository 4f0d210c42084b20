//! Importing: accounts as another program kept them, with the hashes of their passwords, many at a time.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;
use valetkey_domain::policy::{Actor, Permit, Subject, act, permit};
use valetkey_domain::{
    AccountId, AccountState, DisplayName, Kind, LoginName, NoticeAddress, PrimaryPassword, Timestamp,
};
use valetkey_store::{NewAccount, Snapshot, StoreError, Transaction};

use crate::hasher::Written;
use crate::joining::refuse_own_mailbox;
use crate::journal::Event;
use crate::{Accounts, AccountsError, KeptHash, RefusedHash};

/// An account to be made of what another program kept.
pub struct ImportAccount {
    /// A person or a device.
    pub kind: Kind,
    /// The canonical login name first. At least one; one that stands there twice counts once.
    pub login_names: Vec<LoginName>,
    /// The name that people see.
    pub display_name: DisplayName,
    /// Where notices go.
    pub notice_address: Option<NoticeAddress>,
    /// The primary password; without one a person is invited. Devices have none.
    pub password: Option<ImportedPassword>,
}

/// What another program knew of a primary password.
pub enum ImportedPassword {
    /// All of it. It is hashed before it is kept.
    Clear(PrimaryPassword),
    /// Its hash, which is kept until the first sign-in.
    Hash(KeptHash),
}

/// Whether an import is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// Accounts are made.
    InEarnest,
    /// It is only looked at what would be made.
    Rehearsal,
}

/// What became of an account to be imported.
#[derive(Debug)]
pub enum Imported {
    /// It is made; in a rehearsal, it would be.
    Made,
    /// There is an account with this canonical login name, which stays as it is.
    AlreadyThere,
    /// It was not made.
    Refused(AccountsError),
}

impl ImportedPassword {
    /// A password in clear. It is in use, so it need not be as long as a new one: of a hash one cannot tell either.
    pub fn in_clear(text: &str) -> Result<Self, RefusedHash> {
        let known = PrimaryPassword::presented(text.as_bytes()).filter(|_| !text.is_empty());
        known.map(Self::Clear).ok_or(RefusedHash::Clear)
    }
}

impl Accounts {
    /// Reads what another program's file says of a password: a hash, or with Dovecot's `{PLAIN}` the password itself.
    pub fn imported_password(&self, text: &str) -> Result<ImportedPassword, RefusedHash> {
        let written = Written::read(text)?;
        match written.scheme.as_str() {
            "PLAIN" | "CLEAR" | "CLEARTEXT" => ImportedPassword::in_clear(&written.text()?),
            _ => self.hasher.import(&written).map(ImportedPassword::Hash),
        }
    }

    /// Makes accounts, all in one transaction, and says in their order what became of each. What is wrong with one is no
    /// fault of the others. To do it again does no harm: an account that is there stays as it is, and costs one reading.
    ///
    /// # Limits
    /// Everybody else's changes wait meanwhile, so a few hundred at a time.
    pub async fn import_accounts(
        self: &Arc<Self>,
        actor: &Actor,
        batch: Vec<ImportAccount>,
        mode: ImportMode,
    ) -> Result<Vec<Imported>, AccountsError> {
        let there = self.already_there(&batch).await?;
        let (mut known, mut rows) = (Vec::with_capacity(batch.len()), Vec::new());
        for (account, there) in batch.into_iter().zip(there) {
            known.push(match account {
                _ if there => Some(Imported::AlreadyThere),
                ImportAccount { kind: Kind::Device, password: Some(_), .. } => {
                    Some(Imported::Refused(AccountsError::Device))
                }
                ImportAccount { notice_address: Some(ref address), ref login_names, .. }
                    if refuse_own_mailbox(login_names, address).is_err() =>
                {
                    Some(Imported::Refused(AccountsError::OwnMailbox))
                }
                account => {
                    rows.push(self.row_of(account, mode).await?);
                    None
                }
            });
        }
        let mut rest =
            if rows.is_empty() { Vec::new() } else { self.import_rows(actor, rows, mode).await? }.into_iter();
        let each = known.into_iter().map(|known| known.or_else(|| rest.next()));
        Ok(each.map(|outcome| outcome.expect("each row has an outcome")).collect())
    }

    /// For each account whether it is there, in one snapshot. An import that is done again ends here.
    async fn already_there(&self, batch: &[ImportAccount]) -> Result<Vec<bool>, AccountsError> {
        let logins: Vec<LoginName> = batch.iter().map(|a| a.login_names[0].clone()).collect();
        self.store
            .read(move |s| {
                let there = s.canonical_among(&logins)?;
                Ok(logins.iter().map(|login| there.contains(login)).collect())
            })
            .await
    }

    /// One after the other, so that the other threads are there for who signs in.
    async fn row_of(&self, account: ImportAccount, mode: ImportMode) -> Result<NewAccount, AccountsError> {
        let now = self.clock.now();
        let usable = account.password.is_some() || account.kind == Kind::Device;
        let primary_password = match &account.password {
            Some(ImportedPassword::Clear(password)) if mode == ImportMode::InEarnest => {
                Some(self.hasher.hash(password, &*self.randomness).await?)
            }
            Some(ImportedPassword::Hash(hash)) => Some(hash.text().expose().clone()),
            Some(ImportedPassword::Clear(_)) | None => None,
        };
        let mut named = HashSet::new();
        let mut login_names = account.login_names;
        login_names.retain(|name| named.insert(name.clone()));
        Ok(NewAccount {
            id: AccountId::new(now, &*self.randomness),
            kind: account.kind,
            state: if usable { AccountState::Active } else { AccountState::Invited },
            display_name: account.display_name,
            notice_address: account.notice_address,
            login_names,
            primary_password,
            is_imported: true,
            created_at: now,
        })
    }

    async fn import_rows(
        self: &Arc<Self>,
        actor: &Actor,
        rows: Vec<NewAccount>,
        mode: ImportMode,
    ) -> Result<Vec<Imported>, AccountsError> {
        let (this, actor) = (Arc::clone(self), actor.clone());
        let now = self.clock.now();
        match mode {
            ImportMode::InEarnest => self.add(move |tx| this.import(tx, &actor, rows.clone(), now)).await,
            ImportMode::Rehearsal => {
                let look = move |s: &mut Snapshot<'_>| this.sift(s, &actor, &rows, now);
                self.store
                    .read(move |s| Ok(look(s)?.into_iter().map(|o| o.map_or_else(|o| o, |_| Imported::Made)).collect()))
                    .await
            }
        }
    }

    fn import(
        &self,
        tx: &mut Transaction<'_>,
        actor: &Actor,
        rows: Vec<NewAccount>,
        now: Timestamp,
    ) -> Result<Vec<Imported>, AccountsError> {
        let sifted = self.sift(tx, actor, &rows, now)?;
        let (mut free, mut entries) = (Vec::new(), Vec::new());
        for (row, outcome) in rows.into_iter().zip(&sifted) {
            let Ok(permit) = outcome else { continue };
            let detail = json!({ "login": row.login_names[0].as_str(), "kind": row.kind.name(), "imported": true });
            entries.push(self.entry(permit.actor(), permit.account(), Event::AccountCreated, None, &detail));
            free.push(row);
        }
        if !tx.insert_free_accounts(&free, now)? {
            // Somebody was quicker by a moment, and a part of the rows may be written: the batch is done again.
            return Err(StoreError::Contended("a login name of the batch was taken meanwhile".into()).into());
        }
        tx.record_all(&entries)?;
        Ok(sifted.into_iter().map(|outcome| outcome.map_or_else(|other| other, |_permit| Imported::Made)).collect())
    }

    /// Which of the accounts can be made; of each other one what is to be said. Of two that want the same login name the
    /// first gets it.
    fn sift(
        &self,
        s: &mut Snapshot<'_>,
        actor: &Actor,
        rows: &[NewAccount],
        now: Timestamp,
    ) -> Result<Vec<Result<Permit<act::CreateAccount>, Imported>>, AccountsError> {
        let names: Vec<LoginName> = rows.iter().flat_map(|row| row.login_names.iter().cloned()).collect();
        let mut taken = s.taken_among(&names, now)?;
        let canonical: Vec<LoginName> = rows.iter().map(|row| row.login_names[0].clone()).collect();
        let mut there = s.canonical_among(&canonical)?;
        let mut sifted = Vec::with_capacity(rows.len());
        for row in rows {
            let canonical = &row.login_names[0];
            let not_free = row.login_names.iter().find(|name| taken.contains(*name));
            sifted.push(match not_free {
                Some(_) if there.contains(canonical) => Err(Imported::AlreadyThere),
                Some(name) => Err(Imported::Refused(AccountsError::LoginTaken(name.to_string()))),
                None => {
                    let subject = Subject { account: row.id, kind: row.kind, role: None };
                    permit(actor, &subject, self.settings.rules, now).map_err(|denied| Imported::Refused(denied.into()))
                }
            });
            if matches!(sifted.last(), Some(Ok(_))) {
                taken.extend(row.login_names.iter().cloned());
                there.insert(canonical.clone());
            }
        }
        Ok(sifted)
    }
}
