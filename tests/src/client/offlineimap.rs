//! offlineimap, which keeps a Maildir and a mailbox alike in both directions.

use std::path::PathBuf;

use tempfile::TempDir;

use super::Door;
use super::mail_app::Way;
use crate::program::{self, Ran};

/// One with a Maildir of its own.
pub struct Offlineimap {
    dir: TempDir,
}

impl Offlineimap {
    /// Sets it up to sign in by a mechanism: PLAIN, or LOGIN for the command.
    ///
    /// # Panics
    /// If its settings cannot be written.
    pub fn new(door: &Door, way: Way, mechanism: &str, login: &str, secret: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (d, port, ca) = (dir.path().display(), way.port(door), door.ca.display());
        let ssl = if way == Way::Imaps { "yes" } else { "no" };
        let settings = format!(
            "[general]\naccounts = all\nmetadata = {d}/metadata\nsocktimeout = 20\n\n\
             [Account all]\nlocalrepository = near\nremoterepository = far\n\n\
             [Repository near]\ntype = Maildir\nlocalfolders = {d}/mail\n\n\
             [Repository far]\ntype = IMAP\nremotehost = localhost\nremoteport = {port}\nssl = {ssl}\nstarttls = yes\n\
             sslcacertfile = {ca}\nauth_mechanisms = {mechanism}\nremoteuser = {login}\nremotepass = {secret}\n"
        );
        std::fs::write(dir.path().join("settings"), settings).expect("a file in a directory of ours");
        Self { dir }
    }

    /// Makes both alike.
    pub fn sync(&self) -> Ran {
        let mut command = program::command("offlineimap");
        command.env("HOME", self.dir.path()).args(["-o", "-u", "basic", "-c"]);
        program::run(command.arg(self.dir.path().join("settings")), "")
    }

    /// The files of the messages in its inbox, with their marks in their names.
    pub fn messages(&self) -> Vec<PathBuf> {
        let inbox = self.dir.path().join("mail/INBOX");
        let found = ["new", "cur"].map(|sub| std::fs::read_dir(inbox.join(sub)));
        found.into_iter().flatten().flatten().flatten().map(|entry| entry.path()).collect()
    }

    /// Puts a message into its inbox.
    ///
    /// # Panics
    /// If it has none.
    pub fn leave(&self, message: &str) {
        std::fs::write(self.dir.path().join("mail/INBOX/new/1.one.localhost"), message).expect("it has an inbox");
    }
}
