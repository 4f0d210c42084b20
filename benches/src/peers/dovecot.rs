//! Dovecot, as who is asked and as a proxy.

use std::net::SocketAddr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use valetkey_testkit::free_port;

use super::programs::{find, version};
use super::{Cache, Peer, Proxy, said, user_and_group};
use crate::people::Login;
use crate::server::Server;

/// `{SHA256}`: what suits random secrets.
pub(crate) fn dovecot_sha256(login: &Login) -> String {
    format!("{{SHA256}}{}", BASE64_STANDARD.encode(Sha256::digest(&login.secret)))
}

/// A hash as `doveadm pw` makes it.
pub(crate) fn dovecot_hash(scheme: &str, login: &Login) -> String {
    said(&find("doveadm"), &["-c", "/dev/null", "pw", "-s", scheme, "-p", &login.secret], "")
}

/// Starts its authentication service with these people in a file.
pub(crate) fn dovecot_auth(people: &[Login], hash: impl Fn(&Login) -> String, cache: Cache) -> (Peer, PathBuf) {
    let mut peer = Peer::new();
    let lines: Vec<String> = people.iter().map(|login| format!("{}:{}::::::\n", login.name, hash(login))).collect();
    peer.write("people", &lines.concat());
    let d = peer.dir().display();
    let size = if cache == Cache::On { "64M" } else { "0" };
    let configuration = format!(
        "protocols =\nssl = no\nauth_cache_size = {size}\nauth_cache_ttl = 1 hour\n\
         passdb {{\n driver = passwd-file\n args = username_format=%u {d}/people\n}}\n\
         userdb {{\n driver = passwd-file\n args = username_format=%u {d}/people\n}}\n\
         service auth {{\n client_limit = 19000\n unix_listener auth-client {{\n  mode = 0666\n }}\n}}\n\
         service anvil {{\n chroot =\n client_limit = 19000\n}}\n"
    );
    start(&mut peer, &configuration);
    let socket = peer.file("run/auth-client");
    peer.await_socket(&socket);
    (peer, socket)
}

/// Starts it as a proxy that lets everybody pass to an upstream.
pub(crate) fn dovecot_proxy(server: &Server, upstream: SocketAddr) -> Proxy {
    let mut peer = Peer::new();
    peer.copy_certificate(server);
    let [clear, tls] = [(); 2].map(|()| free_port());
    let (d, host, port) = (peer.dir().display(), upstream.ip(), upstream.port());
    let [clear_port, tls_port] = [clear, tls].map(|address| address.port());
    let configuration = format!(
        "protocols = imap\nlisten = 127.0.0.1\nssl = yes\nssl_cert = <{d}/cert.pem\nssl_key = <{d}/key.pem\n\
         login_log_format_elements =\n\
         passdb {{\n driver = static\n args = nopassword=y proxy=y host={host} port={port} proxy_timeout=5\n}}\n\
         service imap-login {{\n chroot =\n service_count = 0\n process_min_avail = 2\n process_limit = 2\n client_limit = 9000\n\
         inet_listener imap {{\n  port = {clear_port}\n }}\n inet_listener imaps {{\n  port = {tls_port}\n  ssl = yes\n }}\n}}\n\
         service auth {{\n client_limit = 19000\n}}\nservice anvil {{\n chroot =\n client_limit = 19000\n}}\n"
    );
    start(&mut peer, &configuration);
    peer.await_port(clear);
    Proxy { peer, clear, tls }
}

fn start(peer: &mut Peer, more: &str) {
    let version = version("dovecot").unwrap_or_default();
    assert!(version.starts_with("2.3."), "these settings are for Dovecot 2.3, and here is {version}");
    let (user, group) = user_and_group();
    peer.make_dir("run");
    let d = peer.dir().display();
    let configuration = format!(
        "base_dir = {d}/run\nstate_dir = {d}/run\nlog_path = /dev/stderr\ndefault_internal_user = {user}\n\
         default_internal_group = {group}\ndefault_login_user = {user}\nfirst_valid_uid = 1\ndefault_vsz_limit = 0\n\
         verbose_proctitle = no\nauth_mechanisms = plain\ndisable_plaintext_auth = no\n{more}"
    );
    peer.write("dovecot.conf", &configuration);
    let file = peer.file("dovecot.conf").display().to_string();
    peer.start("dovecot", &["-F", "-c", &file]);
}
