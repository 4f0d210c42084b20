//! PAM with a service that asks Valetkey by its command, on a machine that has no such service.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use super::instead::instead_of;
use crate::book::block;
use crate::program::{self, Ran};
use crate::shipped;

/// A service of PAM's that is there until this is dropped, for whoever asks through it.
pub struct Pam {
    dir: TempDir,
}

impl Pam {
    /// Makes it as the book says; the command has another configuration.
    ///
    /// # Panics
    /// If its files cannot be written.
    pub fn new(config: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("valetkey-pam-").tempdir().expect("a temporary directory");
        let script = dir.path().join("valetkey-pam");
        let command = format!("{} --config {} verify", shipped::binary().display(), config.display());
        let text = block("anything.md", "#!/bin/sh", &[("valetkey verify", &command)]);
        std::fs::write(&script, text).expect("a file of ours");
        std::fs::set_permissions(&script, Permissions::from_mode(0o755)).expect("a file of ours");
        std::fs::create_dir(dir.path().join("services")).expect("a directory of ours");
        let place = script.display().to_string();
        let service = block("anything.md", "pam_exec.so expose_authtok", &[("/usr/local/sbin/valetkey-pam", &place)]);
        std::fs::write(dir.path().join("services/mail"), service).expect("a file of ours");
        Self { dir }
    }

    /// Signs in with `pamtester`: exit code 0 if that went well.
    pub fn sign_in(&self, login: &str, secret: &str) -> Ran {
        let pamtester = program::find("pamtester").display().to_string();
        let services = self.dir.path().join("services");
        let command = instead_of(&[(&services, "/etc/pam.d")], &[&pamtester, "mail", login, "authenticate"]);
        let (first, rest) = command.split_first().expect("a command");
        program::run(program::bounded(first.into()).args(rest), &format!("{secret}\n"))
    }
}
