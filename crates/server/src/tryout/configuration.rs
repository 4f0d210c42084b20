//! The configuration that is written for trying things out.

use std::net::SocketAddr;

use super::asking::{self, Place};
use super::directory::Directory;
use super::dovecot::Dovecot;
use super::front::{self, Front};
use super::postfix::Postfix;
use super::sink::Sink;
use super::{DOMAIN, LDAP_BASE, LDAP_SECRET, NGINX_KEY, TELEVISION};

/// The servers behind that run.
#[derive(Clone, Copy)]
pub(super) struct Behind<'a> {
    pub(super) dovecot: Option<&'a Dovecot>,
    pub(super) postfix: Option<&'a Postfix>,
    pub(super) sink: Option<&'a Sink>,
    /// The one that asks.
    pub(super) asks: Option<Place>,
}

impl Behind<'_> {
    fn of_dovecot(&self, address: fn(&Dovecot) -> Option<SocketAddr>) -> Option<SocketAddr> {
        self.dovecot.and_then(address)
    }

    fn sends_mail(&self) -> bool {
        self.postfix.is_some() || self.of_dovecot(Dovecot::submission).is_some()
    }
}

/// Where apps connect: known before anything listens, since people are told.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) portal: SocketAddr,
    pub(super) imaps: SocketAddr,
    pub(super) submissions: SocketAddr,
    pub(super) dav: SocketAddr,
    pub(super) radicale: SocketAddr,
}

/// The gateway listens on ports that are free when it starts; everything is on loopback.
pub(super) fn text(directory: &Directory, behind: Behind<'_>, log: &str, told: Told) -> String {
    let parts = [
        process(directory, log),
        portal(behind, told),
        oauth(),
        fronts(behind, told),
        nginx_mail(behind),
        askers(directory),
        behind.asks.map_or_else(String::new, other_server),
    ];
    parts.concat()
}

/// The process, accounts and what is allowed.
fn process(directory: &Directory, log: &str) -> String {
    format!(
        "# Written by `valetkey try`. Everything here is thrown away.

[server]
data_dir = \"{data}\"
admin_socket = \"{run}/admin.sock\"
log = \"{log}\"
shutdown_s = 3

[accounts]
default_domain = \"{DOMAIN}\"

[policy]
admin_may_create = true

# Out of reach, so that whoever tries things out is not slowed.
[throttle]
account_burst = 1000000000
network_burst = 100000000
guess_burst = 1000000000

[http]
listen = [\"127.0.0.1:0\"]
trusted_peers = [\"127.0.0.0/8\", \"::1\"]
",
        data = directory.path("data").display(),
        run = directory.path("run").display(),
    )
}

/// What people see, and what they are told.
fn portal(behind: Behind<'_>, told: Told) -> String {
    format!(
        "
[tls]
certificate = \"tls/cert.pem\"
key = \"tls/key.pem\"

[portal]
address = \"https://localhost:{port}\"
listen_tls = [\"{portal}\"]
contact = \"postmaster@{DOMAIN}\"
{told}
[mail]
directory = \"letters\"
",
        portal = told.portal,
        port = told.portal.port(),
        told = told_to_people(behind, told),
    )
}

/// Apps without a password.
fn oauth() -> String {
    format!("\n[oauth]\n[[oauth.client]]\nid = \"{TELEVISION}\"\nname = \"Television\"\ndevice = true\n")
}

/// Other servers' ways of asking.
fn askers(directory: &Directory) -> String {
    format!(
        "
# For a Postfix, which may run as anybody here.
[[dovecot_auth]]
listen = [\"unix:{run}/auth\"]
mode = \"0666\"

# For a Radicale, which would keep another calendar under each name of an account.
[[dovecot_auth]]
listen = [\"unix:{run}/auth-dav\"]
mode = \"0666\"
service = \"dav\"
only_canonical = true

[[saslauthd]]
listen = [\"unix:{run}/mux\"]
mode = \"0666\"

[ldap]
base = \"{LDAP_BASE}\"
listen = [\"127.0.0.1:0\"]
listen_tls = [\"127.0.0.1:0\"]
readers = {{ reader = \"{LDAP_SECRET}\" }}
",
        run = directory.path("run").display(),
    )
}

/// Sooner told again than usually: on this machine nothing takes long from Valetkey's OK to a session.
fn other_server(place: Place) -> String {
    format!(
        "
[[other_server]]
name = \"{}\"
doveadm = \"http://{}/doveadm/v1\"
api_key_file = \"{}\"
again_after_s = 10
",
        asking::NAME,
        place.doveadm,
        asking::KEY_FILE
    )
}

fn told_to_people(behind: Behind<'_>, told: Told) -> String {
    let mut text = String::new();
    if behind.dovecot.is_some() {
        text += &format!("imap = \"localhost:{}\"\n", told.imaps.port());
    }
    if behind.sends_mail() {
        text += &format!("submission = \"localhost:{}\"\n", told.submissions.port());
    }
    if Front::is_there() {
        text += &format!("dav = \"https://localhost:{}/\"\nlogin_flow = true\n", told.dav.port());
    }
    text
}

/// A section for each protocol of which a server runs.
fn fronts(behind: Behind<'_>, told: Told) -> String {
    const MASTER: &str = "master_user = \"gateway\"\nmaster_secret_file = \"master-secret\"\n";
    const LIMITS: &str = "connections_per_account = 20000\nlobby_per_network = 20000\nlobby = 40000\n";
    let free: SocketAddr = ([127, 0, 0, 1], 0).into();
    let sending = match behind.postfix {
        Some(postfix) => (Some(postfix.smtp()), "xclient = true\n"),
        None => (behind.of_dovecot(Dovecot::submission), MASTER),
    };
    let mut text = String::new();
    for (section, listen_tls, upstream, how) in [
        ("imap", told.imaps, behind.of_dovecot(|d| Some(d.imap())), MASTER),
        ("pop3", free, behind.of_dovecot(Dovecot::pop3), MASTER),
        ("managesieve", free, behind.of_dovecot(Dovecot::managesieve), MASTER),
        ("submission", told.submissions, sending.0, sending.1),
    ] {
        if let Some(upstream) = upstream {
            text += &format!(
                "\n[{section}]\nlisten = [\"{free}\"]\nlisten_tls = [\"{listen_tls}\"]\nupstream = \"{upstream}\"\n{how}{LIMITS}"
            );
        }
    }
    if Front::is_there() {
        let radicale = told.radicale;
        let encoding = if front::decodes_names() { "identity_encoding = \"percent\"\n" } else { "" };
        text += &format!("\n[dav]\nlisten_tls = [\"{free}\"]\nupstream = \"{radicale}\"\n{encoding}{LIMITS}");
    }
    text
}

/// Where nginx's mail proxy is sent.
fn nginx_mail(behind: Behind<'_>) -> String {
    let mut text = format!(
        "\n[http.nginx_mail]\nmaster_user = \"gateway\"\nmaster_secret_file = \"master-secret\"\nkey_file = \"{NGINX_KEY}\"\n"
    );
    for (protocol, address) in [
        ("imap", behind.of_dovecot(|d| Some(d.imap()))),
        ("pop3", behind.of_dovecot(Dovecot::pop3)),
        // It takes nginx's word by XCLIENT, as the gateway's.
        ("smtp", behind.postfix.map(Postfix::smtp).or(behind.sink.map(Sink::smtp))),
    ] {
        text += &address.map_or_else(String::new, |address| format!("{protocol} = \"{address}\"\n"));
    }
    text
}
