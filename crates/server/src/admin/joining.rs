//! Invitations and links with which a password is replaced.

use serde_json::{Value, json};
use valetkey_accounts::{CreateAccount, MadeLink};
use valetkey_domain::{Account, Kind, LinkKind, LoginName};

use super::execute::{Desk, read};
use super::{Answer, Failure};

/// An account to be made, of which somebody else becomes the holder.
pub(super) struct Invitation<'a> {
    pub(super) login: &'a str,
    pub(super) aliases: &'a [String],
    pub(super) name: &'a str,
    pub(super) notice_address: Option<&'a str>,
    pub(super) by_mail: bool,
}

impl Desk<'_> {
    /// Makes the account and its invitation. It goes by mail, or is handed over by whoever asked.
    pub(super) async fn invite(&self, invitation: Invitation<'_>) -> Answer {
        let Invitation { login, aliases, name, notice_address, by_mail } = invitation;
        if by_mail && notice_address.is_none() {
            return Err(Failure::usage("an invitation by mail needs --notice-address: the mailbox that it goes to"));
        }
        let names = std::iter::once(login).chain(aliases.iter().map(String::as_str)).map(|name| self.login(name));
        let new = CreateAccount {
            kind: Kind::Person,
            login_names: names.collect::<Result<Vec<LoginName>, _>>()?,
            display_name: read(name, "the name")?,
            notice_address: notice_address.map(|a| read(a, "the notice address")).transpose()?,
            password: None,
        };
        let account = self.accounts.create_account(self.actor, new).await?;
        if by_mail {
            self.accounts.mail_invitation(self.actor, account.id).await?;
            return Ok(json!({ "login": account.canonical_login().as_str(), "mailed_to": notice_address }));
        }
        self.made_link(&account).await
    }

    /// A link for somebody who forgot the password, or lost their invitation.
    pub(super) async fn link(&self, login: &str) -> Answer {
        let account = self.account(login).await?;
        self.made_link(&account).await
    }

    async fn made_link(&self, account: &Account) -> Answer {
        let made = self.accounts.make_link(self.actor, account.id).await?;
        Ok(link_json(account, &made, self.accounts.portal_origin()))
    }
}

fn link_json(account: &Account, made: &MadeLink, origin: Option<&str>) -> Value {
    let code = made.code.reveal();
    let page = if made.kind == LinkKind::Invitation { "invite" } else { "reset" };
    json!({
        "login": account.canonical_login().as_str(), "kind": made.kind.name(), "code": code.expose(),
        "link": origin.map(|origin| format!("{origin}/{page}/{}", code.expose())),
        "expires_at": made.expires_at.to_string(),
    })
}
