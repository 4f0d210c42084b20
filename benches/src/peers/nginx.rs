//! nginx, as a web server that asks for passwords and as a mail proxy.

use std::net::SocketAddr;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest as _, Sha1};
use valetkey_testkit::free_port;

use super::programs::NGINX_MAIL;
use super::{Peer, Proxy};
use crate::people::Login;
use crate::server::Server;

/// `{SHA}`: nothing that `auth_basic` takes is quicker.
pub(crate) fn nginx_sha(login: &Login) -> String {
    format!("{{SHA}}{}", BASE64_STANDARD.encode(Sha1::digest(&login.secret)))
}

/// Starts a web server that answers only whoever is in a file, without any more work.
pub(crate) fn nginx_basic(people: &[Login], hash: impl Fn(&Login) -> String) -> (Peer, SocketAddr) {
    let mut peer = Peer::new();
    let lines: Vec<String> = people.iter().map(|login| format!("{}:{}\n", login.name, hash(login))).collect();
    peer.write("people", &lines.concat());
    let address = free_port();
    start(
        &mut peer,
        "",
        &http(&format!(
            "listen {address};\n\
             location /forward-auth {{ auth_basic Mail; auth_basic_user_file people; try_files /nothing @yes; }}\n\
             location @yes {{ return 200 \"\"; }}"
        )),
        address,
    );
    (peer, address)
}

/// Starts a mail proxy, and an nginx that says yes to whatever it asks.
pub(crate) fn nginx_mail(server: &Server, upstream: SocketAddr) -> Proxy {
    let mut peer = Peer::new();
    peer.copy_certificate(server);
    let [clear, tls, asked] = [(); 3].map(|()| free_port());
    // Where the mail proxy is a module of its own it has to be loaded; where it is built in there is no such file.
    let load = if Path::new(NGINX_MAIL).exists() { format!("load_module {NGINX_MAIL};\n") } else { String::new() };
    let mail = format!(
        "mail {{\n\
         auth_http {asked}/; proxy_pass_error_message on; proxy_timeout 1h; imap_capabilities IMAP4rev1 IDLE LITERAL+;\n\
         ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.3;\n\
         ssl_session_cache off; ssl_session_tickets off;\n\
         server {{ listen {clear} backlog=4096; protocol imap; }}\n\
         server {{ listen {tls} ssl backlog=4096; protocol imap; }}\n}}\n"
    );
    start(&mut peer, &load, &mail, clear);
    let yes = format!(
        "listen {asked} backlog=4096;\nlocation / {{\n\
         add_header Auth-Status OK; add_header Auth-Server {}; add_header Auth-Port {}; return 200 \"\";\n}}",
        upstream.ip(),
        upstream.port()
    );
    start(&mut peer, "", &http(&yes), asked);
    Proxy { peer, clear, tls }
}

fn http(server: &str) -> String {
    format!(
        "http {{\naccess_log off; log_not_found off; keepalive_requests 1000000000; root .;\n\
         client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;\n\
         server {{ {server} }}\n}}\n"
    )
}

/// Starts it with this beside what every nginx needs.
fn start(peer: &mut Peer, modules: &str, blocks: &str, address: SocketAddr) {
    let name = format!("nginx{}", peer.daemons.len());
    let whole = format!(
        "{modules}daemon off;\nworker_processes auto;\npid {name}.pid;\nerror_log stderr error;\n\
         events {{ worker_connections 19000; }}\n{blocks}"
    );
    peer.write(&format!("{name}.conf"), &whole);
    let prefix = peer.dir().display().to_string();
    peer.start("nginx", &["-e", "stderr", "-p", &prefix, "-c", &format!("{name}.conf")]);
    peer.await_port(address);
}
