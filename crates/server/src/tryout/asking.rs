//! A second Dovecot, over the same mailboxes, which keeps its port and asks Valetkey who may in, and which is told when
//! somebody is signed out.
//!
//! Not the one behind the gateway: what is told there closes all connections of an account, those of its other app passwords
//! through the gateway too.

use std::net::SocketAddr;

use super::directory::Directory;
use super::dovecot::{Dialect, dialect, name_of, owner};
use super::process::{Process, find};
use super::{DOMAIN, TryoutError, random_letters};
use crate::output::tell;

/// The file with what its doveadm asks for over HTTP.
pub(super) const KEY_FILE: &str = "doveadm-key";
/// What it is called where it is said what other servers did.
pub(super) const NAME: &str = "Second Dovecot";

/// Where it will be: known before Valetkey runs, which it asks and which tells it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) imap: SocketAddr,
    pub(super) doveadm: SocketAddr,
}

impl Place {
    /// Chooses one, if it can be there.
    pub(super) fn choose(directory: &Directory) -> Result<Option<Self>, TryoutError> {
        let Some(program) = find("dovecot") else { return Ok(None) };
        if dialect(&program) == Dialect::New {
            tell(
                "This Dovecot is 2.4, which calls a wrong password an outage when it asks as the second one would: there is none",
            );
            return Ok(None);
        }
        directory.write_private(KEY_FILE, &random_letters(32))?;
        let [imap, doveadm] = directory.ports.several()?;
        Ok(Some(Self { imap, doveadm }))
    }
}

/// A Dovecot that runs until this is dropped.
pub(super) struct Asking {
    _process: Process,
}

impl Asking {
    /// Starts it; it asks for the password grant at an address.
    pub(super) fn start(directory: &Directory, place: Place, grant_url: &str) -> Result<Self, TryoutError> {
        let program = find("dovecot").unwrap_or_default();
        for name in ["dovecot-asking/run", "dovecot-asking/state"] {
            directory.subdirectory(name, 0o755)?;
        }
        let grant = format!(
            "use_grant_password = yes\ngrant_url = {grant_url}\nclient_id = dovecot\nclient_secret = x\n\
             username_attribute = username\npass_attrs = user=%{{oauth2:login}}\n"
        );
        directory.write_private("dovecot-asking/grant", &grant)?;
        let key = std::fs::read_to_string(directory.path(KEY_FILE))
            .map_err(|source| TryoutError::File { path: directory.path(KEY_FILE), source })?;
        directory.write_private("dovecot-asking/dovecot.conf", &configuration(directory, place, &key))?;
        directory.give_away("dovecot-asking")?;
        let file = directory.path("dovecot-asking/dovecot.conf").display().to_string();
        let mut process = Process::start(directory, "dovecot-asking", &program, &["-F", "-c", &file])?;
        process.await_port(directory, place.imap)?;
        Ok(Self { _process: process })
    }
}

fn configuration(directory: &Directory, place: Place, key: &str) -> String {
    let (uid, gid) = owner(directory);
    let (user, group) = (name_of("/etc/passwd", uid), name_of("/etc/group", gid));
    let (d, mail) = (directory.path("dovecot-asking"), directory.path("dovecot/mail"));
    let (d, mail, imap, doveadm) = (d.display(), mail.display(), place.imap.port(), place.doveadm.port());
    format!(
        "base_dir = {d}/run
state_dir = {d}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_location = maildir:{mail}/%u
ssl = no
auth_mechanisms = plain login
auth_default_realm = {DOMAIN}
passdb {{
  driver = oauth2
  mechanisms = plain login
  args = {d}/grant
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail}/%u allow_all_users=yes
}}
doveadm_api_key = {key}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service doveadm {{
  chroot =
  inet_listener http {{
    port = {doveadm}
  }}
}}
"
    )
}
