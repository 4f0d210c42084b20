//! An nginx in front of something, which asks Valetkey who may pass.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use super::daemon::{Daemon, RunAs};
use crate::program;

/// An nginx that runs until this is dropped.
pub struct Nginx {
    daemon: Daemon,
    _dir: TempDir,
}

impl Nginx {
    /// Starts it with what stands beside `events`, and waits until it takes connections at all of these addresses.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start(blocks: &str, addresses: &[SocketAddr]) -> Self {
        let program = program::find("nginx");
        let dir = tempfile::Builder::new().prefix("valetkey-nginx-").tempdir().expect("a temporary directory");
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("the directory is ours");
        let d = dir.path().display().to_string();
        let module = Path::new("/usr/lib/nginx/modules/ngx_mail_module.so");
        // Where the mail proxy is a module of its own it has to be loaded; where it is built in there is no such file.
        let load = if blocks.contains("\nmail {") && module.exists() {
            format!("load_module {};\n", module.display())
        } else {
            String::new()
        };
        let whole = format!(
            "{load}daemon off;\nmaster_process off;\npid {d}/pid;\nerror_log stderr info;\nevents {{}}\n{blocks}\n"
        );
        let config = dir.path().join("nginx.conf");
        std::fs::write(&config, whole.replace("{dir}", &d)).expect("a file of ours");
        let file = config.display().to_string();
        let mut daemon =
            Daemon::start(&program, &["-e", "stderr", "-c", &file], dir.path(), dir.path().join("log"), RunAs::Us);
        for address in addresses {
            daemon.await_port(*address, String::new);
        }
        Self { daemon, _dir: dir }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}
