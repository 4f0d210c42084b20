//! Apps that are authorised with the account.

use std::collections::HashSet;

use serde::{Deserialize, Deserializer, de::Error as _};
use valetkey_domain::Label;
use valetkey_domain::oauth::{ClientId, RedirectKind, RedirectUri};

use super::behind::Wrong;
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
    /// What each key's own type cannot see: with which client, and what.
    pub(super) fn check(&self) -> Result<(), (usize, Wrong)> {
        if self.client.len() > CLIENTS_MAX {
            let count = self.client.len();
            let message = format!("there are {count} [[oauth.client]], and at most {CLIENTS_MAX} are known");
            return Err((CLIENTS_MAX, ("id", message)));
        }
        let mut ids = HashSet::new();
        for (number, client) in self.client.iter().enumerate() {
            if !ids.insert(&client.id) {
                let message = format!("two [[oauth.client]] have the id '{}': give each an id of its own", client.id);
                return Err((number, ("id", message)));
            }
            client.check().map_err(|wrong| (number, wrong))?;
        }
        Ok(())
    }
}

impl OauthClient {
    fn check(&self) -> Result<(), Wrong> {
        let wrong = |key, what: &str| Err((key, format!("[[oauth.client]] '{}' {what}", self.id)));
        if self.id.is_registered() {
            return wrong(
                "id",
                "has an id such as apps get that register themselves: it may not begin with app-, name it otherwise",
            );
        }
        if self.introspect && self.secret_file.is_none() {
            return wrong(
                "introspect",
                "may introspect and proves nowhere that it is the one who may: set `secret_file`",
            );
        }
        if self.redirect_uris.is_empty() && !self.introspect && !self.device {
            return wrong(
                "redirect_uris",
                "is sent back nowhere: set `redirect_uris`, or `device = true` for an app on a device without a browser",
            );
        }
        let is_claimed = self.redirect_uris.iter().all(|uri| uri.kind() == RedirectKind::Claimed);
        if self.first_party && self.secret_file.is_none() && !is_claimed {
            return wrong(
                "first_party",
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

#[cfg(test)]
mod tests {
    use crate::config::tests::{TLS, read};

    #[test]
    fn an_app_that_the_postmaster_names_has_an_id_of_its_own_and_nobody_passes_for_it() {
        let portal = format!("{TLS}[portal]\naddress = \"https://a.example\"\nlisten_tls = [\"[::]:443\"]\n");
        let one = "[[oauth.client]]\nid = \"mailer\"\nname = \"Mailer\"\n";
        let app = format!("{one}redirect_uris = [\"org.example.app:/done\"]\n");
        let web = format!("{one}redirect_uris = [\"https://mailer.example/done\"]\n");
        for (keys, message) in [
            (one.to_owned(), "line 7: [[oauth.client]] 'mailer' is sent back nowhere: set `redirect_uris`"),
            (format!("{app}{app}"), "line 12: two [[oauth.client]] have the id 'mailer': give"),
            (format!("{one}first_party = true\n"), "or `device = true` for an app on a device without a browser"),
            (app.replace("mailer", "app-mailer"), "has an id such as apps get that register themselves"),
            (app.replace("\"mailer\"", "\"mai ler\""), "line 8: a client's id has 1 to 64 letters"),
            (
                app.replace("org.example.app:", "http://app.example"),
                "line 10: 'http://app.example/done' is no address to be",
            ),
            (
                format!("{app}first_party = true\n"),
                "line 11: [[oauth.client]] 'mailer' has `first_party = true`, and any program could",
            ),
            (
                format!("{app}introspect = true\n"),
                "line 11: [[oauth.client]] 'mailer' may introspect and proves nowhere that it",
            ),
            (
                format!("{app}{}introspect = true\n", app.replace("mailer", "asker")),
                "line 15: [[oauth.client]] 'asker' may introspect",
            ),
            (
                format!("{app}\n# Another.\n{}", one.replace("mailer", "other")),
                "line 13: [[oauth.client]] 'other' is sent back nowhere",
            ),
            (
                format!("{app}[[oauth.client]]\nid = \"other\"\nredirect_uris = [\"org.example.app:/done\"]\n"),
                "line 11: missing field `name`: add it to [[oauth.client]] 'other'",
            ),
            (
                format!("{app}[[oauth.client]]\nid = \"other\"\nname = 5\n"),
                "line 13: of the wrong kind: integer `5`, expected a text in quotation marks (in [[oauth.client]] 'other': name = …)",
            ),
            (
                format!("{app}[[oauth.client]]\nid = \"other\"\nnam = \"Other\"\n"),
                "(in [[oauth.client]] 'other': nam = …)",
            ),
        ] {
            let error = read(&format!("{portal}{keys}"), &[]).expect_err(&keys);
            assert!(error.contains(message), "{keys}: {error}");
        }
        let good = ["[oauth]\n", "[oauth]\nregistration = false\n", &*app, &format!("{web}first_party = true\n")];
        let secret = format!("{app}first_party = true\nsecret_file = \"s\"\n");
        let device = format!("{one}device = true\n");
        let asker = format!("{one}introspect = true\nsecret_file = \"s\"\n");
        for keys in good.into_iter().chain([&*secret, &*asker, &*device]) {
            let config = read(&format!("{portal}{keys}"), &[]).unwrap_or_else(|error| panic!("{keys}: {error}"));
            assert_eq!(config.oauth.expect("it is there").registration, !keys.contains("false"), "{keys}");
        }
        assert!(read(&app, &[]).expect_err("no pages").contains("[oauth] needs a section [portal]"));
    }
}
