//! HAProxy, which hands on bytes and looks at no sign-in.

use std::net::SocketAddr;

use valetkey_testkit::free_port;

use super::{Peer, Proxy};
use crate::server::Server;

pub(crate) fn haproxy(server: &Server, upstream: SocketAddr) -> Proxy {
    let mut peer = Peer::new();
    let read = |name| std::fs::read_to_string(server.file(name)).expect("a file of ours");
    peer.write("both.pem", &(read("cert.pem") + &read("key.pem")));
    let [clear, tls] = [(); 2].map(|()| free_port());
    let configuration = format!(
        "global\n maxconn 9900\n tune.ssl.cachesize 0\n\
         defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n\
         listen clear\n bind {clear} backlog 4096\n server upstream {upstream}\n\
         listen tls\n bind {tls} ssl crt both.pem no-tls-tickets backlog 4096\n server upstream {upstream}\n"
    );
    peer.write("haproxy.cfg", &configuration);
    peer.start("haproxy", &["-db", "-f", "haproxy.cfg"]);
    peer.await_port(clear);
    Proxy { peer, clear, tls }
}
