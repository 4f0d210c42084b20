//! A Cyrus with mail and calendars that asks Valetkey as it asks saslauthd.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use valetkey_testkit::{give_away, unprivileged};

use super::daemon::{Daemon, RunAs, free_port, name_of};
use super::unpacked::Unpacked;
use crate::book::block;
use crate::client::Door;
use crate::client::imap::{Answer, Imap};
use crate::program;

/// A Cyrus that runs until this is dropped.
pub struct Cyrus {
    imaps: SocketAddr,
    https: SocketAddr,
    ca: PathBuf,
    daemon: Daemon,
    _dir: TempDir,
}

impl Cyrus {
    /// Starts it as the book says, asking at other sockets: one for mail, one for calendars and contacts.
    ///
    /// # Panics
    /// If it is not unpacked, if libsasl has not what it needs, or if it does not start.
    pub fn start([mail, dav]: [&str; 2], certificates: &Path, ca: &Path) -> Self {
        let cyrus = Unpacked::find("cyrus");
        assert!(libsasl_knows_plain(), "libsasl does not know PLAIN: apt-get install libsasl2-modules");
        let dir = tempfile::Builder::new().prefix("valetkey-cyrus-").tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("the directory is ours");
        let d = dir.path().join("cyrus");
        for directory in ["config/socket", "mail"] {
            std::fs::create_dir_all(d.join(directory)).expect("a directory of ours");
        }
        for name in ["cert.pem", "key.pem"] {
            std::fs::copy(certificates.join(name), d.join(name)).expect("a certificate of try");
        }
        let [imaps, https] = [free_port(), free_port()];
        let write = |name: &str, text: &str| std::fs::write(d.join(name), text).expect("a file of ours");
        write("imapd.conf", &imapd_conf(&d, [mail, dav]));
        write("cyrus.conf", &cyrus_conf(&d, &cyrus, [imaps, https]));
        give_away(&d);
        let file = |name: &str| d.join(name).display().to_string();
        let (imapd, services, pid) = (file("imapd.conf"), file("cyrus.conf"), file("pid"));
        let (environment, master) = (cyrus.environment(), cyrus.file("usr/lib/cyrus/bin/master"));
        // When it ends it tells its whole group of processes to, so it has one of its own.
        let arguments =
            ["env", &environment, "CYRUS_VERBOSE=1", &master, "-D", "-C", &imapd, "-M", &services, "-p", &pid];
        let setsid = program::find("setsid");
        let mut daemon = Daemon::start(&setsid, &arguments, &d, dir.path().join("log"), RunAs::Nobody);
        for address in [imaps, https] {
            daemon.await_port(address, String::new);
        }
        Self { imaps, https, ca: ca.to_owned(), daemon, _dir: dir }
    }

    /// A connection of a mail app.
    pub fn app(&self) -> Imap {
        Imap::connect(&Door { imaps: self.imaps, imap: self.imaps, ca: self.ca.clone() })
    }

    /// Signs in over IMAP, and gives what was answered.
    pub fn sign_in(&self, login: &str, secret: &str) -> Answer {
        self.app().sign_in(login, secret)
    }

    /// Looks into a person's calendars; gives the status.
    pub fn calendars(&self, home: &str, login: &str, secret: &str) -> String {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}"]);
        command.args(["--request", "PROPFIND", "--header", "Depth: 0", "--user", &format!("{login}:{secret}")]);
        let url = format!("https://localhost:{}/dav/calendars/user/{home}/", self.https.port());
        program::run(command.arg("--cacert").arg(&self.ca).arg(url), "").succeeded()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

/// Its mechanisms are modules, beneath the directory of this machine's kind.
fn libsasl_knows_plain() -> bool {
    let kinds = std::fs::read_dir("/usr/lib").expect("a directory of the system's");
    kinds.flatten().any(|kind| kind.path().join("sasl2/libplain.so").is_file())
}

fn imapd_conf(d: &Path, [mail, dav]: [&str; 2]) -> String {
    let sockets = [("/run/valetkey/sasl/mux", mail), ("/run/valetkey/sasl/dav", dav)];
    let asking = block("cyrus.md", "sasl_pwcheck_method", &sockets);
    let ours = || (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let (uid, gid) = unprivileged().unwrap_or_else(ours);
    let (user, group) = (name_of("/etc/passwd", uid), name_of("/etc/group", gid));
    let d = d.display();
    format!(
        "{asking}cyrus_user: {user}
cyrus_group: {group}
configdirectory: {d}/config
defaultpartition: default
partition-default: {d}/mail
altnamespace: yes
autocreate_quota: 0
autocreate_post: yes
failedloginpause: 0
tls_server_cert: {d}/cert.pem
tls_server_key: {d}/key.pem
httpmodules: caldav carddav
"
    )
}

fn cyrus_conf(d: &Path, cyrus: &Unpacked, [imaps, https]: [SocketAddr; 2]) -> String {
    let program =
        |name: &str| format!("{} -C {}/imapd.conf", cyrus.file(&format!("usr/lib/cyrus/bin/{name}")), d.display());
    format!(
        "START {{\n  recover cmd=\"{} -r\"\n}}\nSERVICES {{\n\
         \x20 imaps cmd=\"{} -s\" listen=\"{imaps}\" prefork=0 proto=tcp4\n\
         \x20 http cmd=\"{} -s\" listen=\"{https}\" prefork=0 proto=tcp4\n}}\nEVENTS {{\n}}\n",
        program("ctl_cyrusdb"),
        program("imapd"),
        program("httpd"),
    )
}
