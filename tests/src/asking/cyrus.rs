//! A Cyrus with mail and calendars that asks Valetkey as it asks saslauthd.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::cyrus_place::CyrusPlace;
use super::daemon::{Daemon, free_port};
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
    _place: CyrusPlace,
}

impl Cyrus {
    /// Starts it as the book says, asking at other sockets: one for mail, one for calendars and contacts.
    ///
    /// # Panics
    /// If it is not unpacked, if libsasl has not what it needs, or if it does not start.
    pub fn start([mail, dav]: [&str; 2], certificates: &Path, ca: &Path) -> Self {
        let place = CyrusPlace::make();
        for name in ["cert.pem", "key.pem"] {
            std::fs::copy(certificates.join(name), place.path().join(name)).expect("a certificate of try");
        }
        let [imaps, https] = [free_port(), free_port()];
        let (imapd, httpd) = (place.command("imapd"), place.command("httpd"));
        let services = format!(
            "  imaps cmd=\"{imapd} -s\" listen=\"{imaps}\" prefork=0 proto=tcp4\n\
             \x20 http cmd=\"{httpd} -s\" listen=\"{https}\" prefork=0 proto=tcp4\n"
        );
        let daemon = place.start(&imapd_conf(&place.path(), [mail, dav]), &services, &[imaps, https]);
        Self { imaps, https, ca: ca.to_owned(), daemon, _place: place }
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

fn imapd_conf(d: &Path, [mail, dav]: [&str; 2]) -> String {
    let sockets = [("/run/valetkey/sasl/mux", mail), ("/run/valetkey/sasl/dav", dav)];
    let asking = block("cyrus.md", "sasl_pwcheck_method", &sockets);
    let d = d.display();
    format!(
        "{asking}tls_server_cert: {d}/cert.pem
tls_server_key: {d}/key.pem
httpmodules: caldav carddav
"
    )
}
