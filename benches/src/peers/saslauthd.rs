//! The daemon of libsasl, with its own database of passwords.

use std::path::PathBuf;
use std::process::Command;

use super::daemon::Daemon;
use super::programs::find;
use super::{Cache, Peer, said};
use crate::people::Login;

/// It reads `/etc/sasldb2` and nothing else, and leaves whoever starts it: so it gets an `/etc` and a list of processes of
/// its own, which go when this script does, and that when its input ends.
const SCRIPT: &str = "set -e
cp /etc/passwd /etc/group /etc/nsswitch.conf etc
mount --bind etc /etc
\"$@\"
exec cat >/dev/null
";

/// Starts it with these people, if wished with its cache.
pub(crate) fn saslauthd(people: &[Login], cache: Cache) -> (Peer, PathBuf) {
    let mut peer = Peer::new();
    peer.make_dir("etc");
    peer.make_dir("run");
    peer.write("start", SCRIPT);
    let database = peer.file("etc/sasldb2").display().to_string();
    let saslpasswd = find("saslpasswd2");
    for login in people {
        let (name, realm) = login.name.split_once('@').expect("a name with a domain");
        said(&saslpasswd, &["-p", "-c", "-f", &database, "-u", realm, name], &login.secret);
    }
    let mut command = Command::new(find("setpriv"));
    // unshare takes no notice of anything milder.
    command.args(["--pdeathsig", "KILL", "--"]).arg(find("unshare"));
    command.args(["--mount", "--pid", "--fork", "--kill-child"]);
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "start"]).arg(find("saslauthd")).args(["-a", "sasldb", "-n", "5", "-m"]).arg(peer.file("run"));
    if cache == Cache::On {
        // Room for everybody, for longer than it runs.
        command.args(["-c", "-s", "4096", "-t", "3600"]);
    }
    peer.daemons.push(Daemon::start(command, peer.dir(), peer.file("log")));
    let socket = peer.file("run/mux");
    peer.await_socket(&socket);
    (peer, socket)
}
