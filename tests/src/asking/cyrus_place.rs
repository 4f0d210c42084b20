//! Where a Cyrus is that is unpacked and not installed, with what every one of the tests has in its configuration.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;
use valetkey_testkit::{give_away, unprivileged};

use super::daemon::{Daemon, RunAs, name_of};
use super::unpacked::Unpacked;
use crate::program;

/// A directory for a Cyrus, which goes when this is dropped.
pub(crate) struct CyrusPlace {
    cyrus: Unpacked,
    dir: TempDir,
}

impl CyrusPlace {
    /// Makes one.
    pub(crate) fn make() -> Self {
        let cyrus = Unpacked::find("cyrus");
        assert!(libsasl_knows_plain(), "libsasl does not know PLAIN: apt-get install libsasl2-modules");
        let dir = tempfile::Builder::new().prefix("valetkey-cyrus-").tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("the directory is ours");
        let place = Self { cyrus, dir };
        for directory in ["config/socket", "mail", "sieve"] {
            std::fs::create_dir_all(place.path().join(directory)).expect("a directory of ours");
        }
        place
    }

    /// Where all of it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("cyrus")
    }

    /// The command for one of its programs.
    pub(crate) fn command(&self, name: &str) -> String {
        let program = self.cyrus.file(&format!("usr/lib/cyrus/bin/{name}"));
        format!("{program} -C {}/imapd.conf", self.path().display())
    }

    /// Starts it with more in its configuration, and these lines for its services.
    pub(crate) fn start(&self, imapd_conf: &str, services: &str, addresses: &[SocketAddr]) -> Daemon {
        let d = self.path();
        let write = |name: &str, text: &str| std::fs::write(d.join(name), text).expect("a file of ours");
        write("imapd.conf", &format!("{imapd_conf}{}", self.everywhere()));
        let recover = self.command("ctl_cyrusdb");
        write(
            "cyrus.conf",
            &format!("START {{\n  recover cmd=\"{recover} -r\"\n}}\nSERVICES {{\n{services}}}\nEVENTS {{\n}}\n"),
        );
        give_away(&d);
        let file = |name: &str| d.join(name).display().to_string();
        let (imapd, services, pid) = (file("imapd.conf"), file("cyrus.conf"), file("pid"));
        let (environment, master) = (self.cyrus.environment(), self.cyrus.file("usr/lib/cyrus/bin/master"));
        // When it ends it tells its whole group of processes to, so it has one of its own.
        let arguments =
            ["env", &environment, "CYRUS_VERBOSE=1", &master, "-D", "-C", &imapd, "-M", &services, "-p", &pid];
        let setsid = program::find("setsid");
        let mut daemon = Daemon::start(&setsid, &arguments, &d, self.dir.path().join("log"), RunAs::Nobody);
        for address in addresses {
            daemon.await_port(*address, String::new);
        }
        daemon
    }

    fn everywhere(&self) -> String {
        let ours = || (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        let (uid, gid) = unprivileged().unwrap_or_else(ours);
        let (user, group) = (name_of("/etc/passwd", uid), name_of("/etc/group", gid));
        let path = self.path();
        let d = path.display();
        format!(
            "cyrus_user: {user}
cyrus_group: {group}
configdirectory: {d}/config
defaultpartition: default
partition-default: {d}/mail
sievedir: {d}/sieve
altnamespace: yes
autocreate_quota: 0
autocreate_post: yes
failedloginpause: 0
"
        )
    }
}

/// Its mechanisms are modules, beneath the directory of this machine's kind.
fn libsasl_knows_plain() -> bool {
    let kinds = std::fs::read_dir("/usr/lib").expect("a directory of the system's");
    kinds.flatten().any(|kind| kind.path().join("sasl2/libplain.so").is_file())
}
