//! Other servers, which are told when somebody is signed out.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use valetkey_accounts::Cuts;
use valetkey_connectors::sign_out::Url;

use super::value::{SecretFile, line, within};

/// As many servers as one could wish to read about after each revoke.
const SERVERS_MAX: usize = 16;
/// The longest name in bytes: it is said in sentences.
const NAME_BYTES_MAX: usize = 40;

/// A server that asks Valetkey at sign-in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OtherServer {
    #[serde(deserialize_with = "line")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "url")]
    pub(crate) doveadm: Option<Url>,
    pub(crate) api_key_file: Option<SecretFile>,
    #[serde(default = "yes")]
    pub(crate) auth_cache: bool,
    #[serde(default, deserialize_with = "url")]
    pub(crate) webhook: Option<Url>,
    pub(crate) secret_file: Option<SecretFile>,
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) command: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) cannot_cut: bool,
    #[serde(default = "usual_again_after_s", deserialize_with = "within::<1, 3600, _, _>")]
    pub(crate) again_after_s: u64,
    #[serde(default = "usual_deadline_s", deserialize_with = "within::<1, 60, _, _>")]
    pub(crate) deadline_s: u64,
}

impl OtherServer {
    /// How it is named where somebody is signed out.
    pub(crate) fn shown(&self) -> valetkey_accounts::OtherServer {
        let cuts = if self.cannot_cut {
            Cuts::Nothing
        } else if self.doveadm.is_some() {
            Cuts::Person
        } else {
            Cuts::AsTold
        };
        let again_after = Duration::from_secs(self.again_after_s);
        valetkey_accounts::OtherServer { name: self.name.clone(), again_after, cuts }
    }

    /// What each key's own type cannot see.
    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if name.len() > NAME_BYTES_MAX {
            return Err(format!("the name of [[other_server]] '{name}' has more than {NAME_BYTES_MAX} characters"));
        }
        let ways = [self.doveadm.is_some(), self.webhook.is_some(), self.command.is_some(), self.cannot_cut];
        if ways.into_iter().filter(|way| *way).count() != 1 {
            return Err(format!(
                "[[other_server]] '{name}' needs exactly one of `doveadm`, `webhook`, `command` and `cannot_cut = true`"
            ));
        }
        if self.doveadm.is_some() != self.api_key_file.is_some() {
            return Err(format!("`doveadm` and `api_key_file` of [[other_server]] '{name}' belong together"));
        }
        if !self.auth_cache && self.doveadm.is_none() {
            return Err(format!("`auth_cache` of [[other_server]] '{name}' is for `doveadm`"));
        }
        if self.webhook.is_some() != self.secret_file.is_some() {
            return Err(format!("`webhook` and `secret_file` of [[other_server]] '{name}' belong together"));
        }
        let is_tls = self.doveadm.as_ref().or(self.webhook.as_ref()).is_some_and(Url::is_tls);
        if self.authorities.is_some() && !is_tls {
            return Err(format!(
                "`authorities` of [[other_server]] '{name}' is for a server whose address begins with https"
            ));
        }
        let program = self.command.as_ref().map(|command| command.first().map_or("", String::as_str));
        if program.is_some_and(|program| !program.starts_with('/')) {
            return Err(format!(
                "`command` of [[other_server]] '{name}' begins with the program's whole path: [\"/usr/local/bin/sign-out\", \"{{login}}\"]"
            ));
        }
        Ok(())
    }
}

/// What is wrong with them, each by itself and all together: with which, and what.
pub(super) fn check(servers: &[OtherServer]) -> Result<(), (usize, String)> {
    if servers.len() > SERVERS_MAX {
        let message = format!("there are {} [[other_server]], and at most {SERVERS_MAX} are told", servers.len());
        return Err((SERVERS_MAX, message));
    }
    let mut names = HashSet::new();
    for (number, server) in servers.iter().enumerate() {
        server.check().map_err(|message| (number, message))?;
        if !names.insert(&server.name) {
            let name = &server.name;
            return Err((number, format!("two [[other_server]] are called '{name}': give each a name of its own")));
        }
    }
    Ok(())
}

/// The program and its arguments.
pub(crate) fn program(command: &[String]) -> (PathBuf, Vec<String>) {
    (command.first().map(PathBuf::from).unwrap_or_default(), command.iter().skip(1).cloned().collect())
}

fn yes() -> bool {
    true
}

fn usual_again_after_s() -> u64 {
    60
}

fn usual_deadline_s() -> u64 {
    10
}

fn url<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    super::value::parsed(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use crate::config::tests::read;

    #[test]
    fn an_other_server_is_told_in_one_way_and_has_a_name_of_its_own() {
        let one = "[[other_server]]\nname = \"Dovecot\"\n";
        let way = "needs exactly one of `doveadm`, `webhook`, `command` and `cannot_cut = true`";
        for (text, message) in [
            (one.to_owned(), way),
            (format!("{one}cannot_cut = true\ncommand = [\"/bin/true\"]\n"), way),
            (format!("{one}doveadm = \"http://127.0.0.1:1/doveadm/v1\"\n"), "`doveadm` and `api_key_file` of"),
            (format!("{one}cannot_cut = true\nsecret_file = \"s\"\n"), "`webhook` and `secret_file` of"),
            (
                format!("{one}webhook = \"http://127.0.0.1/\"\nsecret_file = \"s\"\nauthorities = \"ca.pem\"\n"),
                "`authorities` of [[other_server]] 'Dovecot' is for a server whose address begins with https",
            ),
            (format!("{one}command = [\"true\"]\n"), "begins with the program's whole path"),
            (format!("{one}command = []\n"), "begins with the program's whole path"),
            (
                format!("{one}webhook = \"http://192.0.2.1/\"\n"),
                "line 3: 'http://192.0.2.1/' leaves this machine in clear",
            ),
            (format!("{one}doveadm = \"127.0.0.1\"\n"), "line 3: '127.0.0.1' is no address of HTTP; write it as"),
            (format!("{one}cannot_cut = true\nagain_after_s = 0\n"), "line 4: 0 is not a whole number from 1 to 3600"),
            (format!("{one}cannot_cut = true\ndeadline_s = 61\n"), "line 4: 61 is not a whole number from 1 to 60"),
            (
                format!("{one}cannot_cut = true\nauth_cache = false\n"),
                "`auth_cache` of [[other_server]] 'Dovecot' is for `doveadm`",
            ),
            (format!("{one}cannot_cut = true\n{one}cannot_cut = true\n"), "two [[other_server]] are called 'Dovecot'"),
            (
                (0..17)
                    .map(|n| format!("[[other_server]]\nname = \"s{n}\"\ncannot_cut = true\n"))
                    .collect::<Vec<_>>()
                    .concat(),
                "there are 17 [[other_server]], and at most 16 are told",
            ),
        ] {
            let error = read(&text, &[]).expect_err(&text);
            assert!(error.contains(message), "{text}: {error}");
        }
        let good = format!("{one}doveadm = \"http://127.0.0.1:1/doveadm/v1\"\napi_key_file = \"k\"\n");
        assert_eq!(read(&good, &[]).expect("it is good").other_server[0].again_after_s, 60);
    }
}
