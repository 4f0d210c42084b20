//! Apps that are authorised with the account.

use std::collections::HashSet;

use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_domain::Label;
use valetkey_domain::oauth::{ClientId, RedirectKind, RedirectUri};

use super::value::{SecretFile, parsed};

/// More than an operator has apps of their own.
const CLIENTS_MAX: usize = 100;
/// The most addresses that a client may be sent back to.
const REDIRECTS_MAX: usize = 10;

/// Apps that are authorised with the account.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Oauth {
    pub(crate) registration: bool,
    pub(crate) client: Vec<OauthClient>,
}

impl Default for Oauth {
    fn default() -> Self {
        Self { registration: true, client: Vec::new() }
    }
}

/// An app that the postmaster names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OauthClient {
    #[serde(deserialize_with = "parsed")]
    pub(crate) id: ClientId,
    #[serde(deserialize_with = "parsed")]
    pub(crate) name: Label,
    #[serde(default, deserialize_with = "redirects")]
    pub(crate) redirect_uris: Vec<RedirectUri>,
    pub(crate) secret_file: Option<SecretFile>,
    #[serde(default)]
    pub(crate) first_party: bool,
    #[serde(default)]
    pub(crate) introspect: bool,
    #[serde(default)]
    pub(crate) device: bool,
}

impl Oauth {
    /// What each key's own type cannot see.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.client.len() > CLIENTS_MAX {
            return Err(format!("there are more than {CLIENTS_MAX} [[oauth.client]]"));
        }
        let mut ids = HashSet::new();
        for client in &self.client {
            if !ids.insert(&client.id) {
                return Err(format!("two [[oauth.client]] have the id '{}'", client.id));
            }
            client.check()?;
        }
        Ok(())
    }
}

impl OauthClient {
    fn check(&self) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("[[oauth.client]] '{}' {what}", self.id));
        if self.id.is_registered() {
            return wrong("has an id such as apps get that register themselves: it may not begin with app-");
        }
        if self.introspect && self.secret_file.is_none() {
            return wrong("may introspect and proves nowhere that it is the one who may: set `secret_file`");
        }
        if self.redirect_uris.is_empty() && !self.introspect && !self.device {
            return wrong(
                "is sent back nowhere: set `redirect_uris`, or `device = true` for an app on a device without a browser",
            );
        }
        let is_claimed = self.redirect_uris.iter().all(|uri| uri.kind() == RedirectKind::Claimed);
        if self.first_party && self.secret_file.is_none() && !is_claimed {
            return wrong(
                "has `first_party = true`, and any program could pass for it, since it has no secret and is sent back \
                 elsewhere than to https: set `secret_file`, use https, or let its users be asked",
            );
        }
        Ok(())
    }
}

fn redirects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RedirectUri>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    if texts.len() > REDIRECTS_MAX {
        return Err(D::Error::custom(format!("an app may be sent back to at most {REDIRECTS_MAX} addresses")));
    }
    let read = |text: &String| {
        RedirectUri::parse(text)
            .map_err(|why| D::Error::custom(format!("'{text}' is no address to be sent back to: {why}")))
    };
    texts.iter().map(read).collect()
}
