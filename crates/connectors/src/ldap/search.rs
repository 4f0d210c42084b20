//! Searches: the directory as far as whoever asks may see it.

use std::io;

use tokio::io::AsyncWrite;
use valetkey_accounts::{AccountsError, Listed, Sought, chain};
use valetkey_domain::{AccountId, LoginName, Scope, Scopes};
use valetkey_wire::ldap::{
    Answer, Entry, Group, Identity, Lookup, Members, Next, People, Person, Place, ResultCode, Search, Session, Truth,
};

use super::{Connector, OUT_BYTES, write};

/// How many accounts are read at a time: others have their turn in between.
const PAGE: usize = 100;
/// How many names are searched for one by one.
const NAMES_MAX: usize = 10;
/// The longest name that is looked for.
const NAME_BYTES_MAX: usize = 512;

/// Who may see whom.
enum Sight {
    Everybody,
    /// Somebody who is signed in sees themselves.
    Oneself(LoginName),
}

impl Connector {
    pub(super) async fn search(
        &self,
        session: &Session,
        search: Search,
        stream: &mut (impl AsyncWrite + Unpin),
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let sight = match session.identity() {
            Some(Identity::Reader(_)) => Sight::Everybody,
            Some(Identity::Person(login)) => Sight::Oneself(LoginName::from_canonical(&**login)),
            None => {
                search.refuse(ResultCode::InsufficientAccessRights, "Only readers may look people up.", out);
                return Ok(());
            }
        };
        let groups = self.groups_of(&search, &sight);
        let mut answer = Answer::new(search, self.entries_max);
        match self.answer(&mut answer, &groups, &sight, stream, out).await {
            Ok(()) => answer.done(out),
            Err(Failed::Store(error)) => {
                tracing::warn!(error = %chain(&error), "a search could not be answered");
                answer.failed(ResultCode::Unavailable, "Nobody can be looked up at the moment.", out);
            }
            Err(Failed::TooMany) => {
                let text = "A group has more members than may be given: ask without them, or have ldap.entries raised.";
                answer.failed(ResultCode::AdminLimitExceeded, text, out);
            }
            Err(Failed::Connection(error)) => return Err(error),
        }
        Ok(())
    }

    async fn answer(
        &self,
        answer: &mut Answer,
        groups: &[Group],
        sight: &Sight,
        stream: &mut (impl AsyncWrite + Unpin),
        out: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        answer.containers(out);
        let due: Vec<Group> = answer.groups().into_iter().filter(|group| groups.contains(group)).collect();
        if !due.is_empty() {
            let members = self.members(answer.members(), &due).await?;
            for group in due {
                let of_group = members.iter().filter(|one| is_in(one.scopes, group));
                if answer.group(group, of_group.map(|one| one.login.as_str()), out) == Next::Stop {
                    return Ok(());
                }
            }
        }
        if let Sight::Oneself(login) = sight {
            return self.oneself(answer, login, out).await;
        }
        match answer.people() {
            // A search for many names reads less by going through everybody once.
            People::Few(lookups) if is_many(&lookups) => self.walk(answer, None, stream, out).await?,
            People::Nobody => {}
            People::Few(lookups) => {
                for one in self.found(&self.sought(lookups)).await? {
                    if offer(answer, &one, out) == Next::Stop {
                        break;
                    }
                    if out.len() >= OUT_BYTES {
                        write(stream, out).await?;
                    }
                }
            }
            People::All { after } => self.walk(answer, after, stream, out).await?,
        }
        Ok(())
    }

    /// Offers whoever asks. Nobody else is looked up for them, whatever is asked: that would cost as much as everybody,
    /// and the time that it takes would say who is there. A base is compared with their own names and with no others.
    async fn oneself(&self, answer: &mut Answer, login: &LoginName, out: &mut Vec<u8>) -> Result<(), Failed> {
        if answer.people() == People::Nobody {
            return Ok(());
        }
        let base = match answer.base() {
            Place::Person(text) => Some(self.desk.accounts.login_name(text)),
            _ => None,
        };
        let is_in_base = |one: &Listed| match &base {
            Some(base) => base.as_ref().is_ok_and(|base| one.login_names.contains(base)),
            None => true,
        };
        let found = self.found(&[Sought::Login(login.clone())]).await?;
        for one in found.iter().filter(|one| one.login_names[0] == *login && is_in_base(one)) {
            offer(answer, one, out);
        }
        Ok(())
    }

    /// Offers everybody, from a login name on, in their order.
    async fn walk(
        &self,
        answer: &mut Answer,
        after: Option<String>,
        stream: &mut (impl AsyncWrite + Unpin),
        out: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        // It came back from a client, who may have changed it: what can be no name ends the walk.
        if after.as_ref().is_some_and(|after| !is_sayable(after)) {
            return Ok(());
        }
        let mut after = after.as_deref().map(LoginName::from_canonical);
        loop {
            let page = self.page(after.take()).await?;
            if page.iter().any(|one| offer(answer, one, out) == Next::Stop) || page.len() < PAGE {
                return Ok(());
            }
            after = page.last().map(|one| one.login_names[0].clone());
            if out.len() >= OUT_BYTES {
                write(stream, out).await?;
            }
        }
    }

    /// The groups that whoever asks may see and the filter can be about: with their members they are dear.
    fn groups_of(&self, search: &Search, sight: &Sight) -> Vec<Group> {
        if !matches!(sight, Sight::Everybody) {
            return Vec::new();
        }
        let is_about_members = search.filter().members(&self.tree) != Members::Unasked;
        let can_match = |group: &Group| {
            let without = Entry::group(&self.tree, *group, std::iter::empty());
            is_about_members || search.filter().evaluate(&without) == Truth::True
        };
        Group::ALL.into_iter().filter(can_match).collect()
    }

    fn sought(&self, lookups: Vec<Lookup>) -> Vec<Sought> {
        let sought = lookups.into_iter().filter_map(|lookup| match lookup {
            Lookup::Login(text) => self.desk.accounts.login_name(&text).ok().map(Sought::Login),
            Lookup::Id(id) => Some(Sought::Id(AccountId::from_bytes(id))),
            Lookup::Name(text) => is_sayable(&text).then_some(Sought::Name(text)),
        });
        sought.collect()
    }

    /// Those of whom it is asked whether they belong to one of some groups.
    async fn members(&self, asked: Members, groups: &[Group]) -> Result<Vec<Member>, Failed> {
        match asked {
            Members::Unasked => Ok(Vec::new()),
            Members::Few(logins) => {
                let found = self.found(&self.sought(logins.into_iter().map(Lookup::Login).collect())).await?;
                Ok(found.iter().map(Member::from).collect())
            }
            Members::All => self.all_members(groups).await,
        }
    }

    /// All who belong to one of some groups, unless they are more than one answer may have entries.
    async fn all_members(&self, groups: &[Group]) -> Result<Vec<Member>, Failed> {
        let entries_max = usize::try_from(self.entries_max).unwrap_or(usize::MAX);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(after.take()).await?;
            let belong = page.iter().filter(|one| groups.iter().any(|group| is_in(one.scopes, *group)));
            all.extend(belong.map(Member::from));
            if all.len() > entries_max {
                return Err(Failed::TooMany);
            }
            if page.len() < PAGE {
                return Ok(all);
            }
            after = page.last().map(|one| one.login_names[0].clone());
        }
    }

    /// Some accounts, after one of them. Reading a file never waits for anything: only here others have their turn.
    async fn page(&self, after: Option<LoginName>) -> Result<Vec<Listed>, Failed> {
        tokio::task::yield_now().await;
        Ok(self.desk.accounts.list_people(after, PAGE).await?)
    }

    /// Those who are looked for, in the order of their canonical login names. A name of a person, which may be many
    /// people's, is looked for by itself, others some at a time, and in between others have their turn.
    async fn found(&self, sought: &[Sought]) -> Result<Vec<Listed>, Failed> {
        let is_name = |one: &Sought| matches!(one, Sought::Name(_));
        let mut found = Vec::new();
        for alike in sought.chunk_by(|one, next| !is_name(one) && !is_name(next)) {
            for some in alike.chunks(PAGE) {
                tokio::task::yield_now().await;
                found.extend(self.desk.accounts.find_people(some.to_vec()).await?);
            }
        }
        found.sort_unstable_by(|one, other| one.login_names[0].cmp(&other.login_names[0]));
        found.dedup_by_key(|one| one.id);
        Ok(found)
    }
}

/// Somebody who may belong to a group. Of a walk through everybody no more is kept.
struct Member {
    login: LoginName,
    scopes: Scopes,
}

impl From<&Listed> for Member {
    fn from(one: &Listed) -> Self {
        Self { login: one.login_names[0].clone(), scopes: one.scopes }
    }
}

/// Why a search ends early.
enum Failed {
    Store(AccountsError),
    /// A group has too many members.
    TooMany,
    Connection(io::Error),
}

impl From<AccountsError> for Failed {
    fn from(error: AccountsError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

fn offer(answer: &mut Answer, one: &Listed, out: &mut Vec<u8>) -> Next {
    let addresses: Vec<&str> =
        one.login_names.iter().map(LoginName::as_str).filter(|name| name.contains('@')).collect();
    let groups: Vec<Group> = Group::ALL.into_iter().filter(|group| is_in(one.scopes, *group)).collect();
    let person = Person {
        login: one.login_names[0].as_str(),
        addresses: &addresses,
        display_name: Some(one.display_name.as_str()),
        id: *one.id.as_bytes(),
        groups: &groups,
        created: Some(one.created_at.as_secs()),
    };
    answer.person(&person, out)
}

/// Whether a text can be looked for: every name is shorter, and has nothing in it that a store refuses.
fn is_sayable(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control)
}

/// Whether there are more names to be looked for than are worth a search each.
fn is_many(lookups: &[Lookup]) -> bool {
    lookups.iter().filter(|lookup| matches!(lookup, Lookup::Name(_))).count() > NAMES_MAX
}

/// Whoever has an app password for something is in its group.
fn is_in(scopes: Scopes, group: Group) -> bool {
    scopes.contains(match group {
        Group::Mail => Scope::Mail,
        Group::Contacts => Scope::Contacts,
        Group::Calendars => Scope::Calendars,
    })
}

#[cfg(test)]
mod tests;
