//! A PostgreSQL of one's own, from Debian's package, run by an unprivileged user in a temporary directory.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A database server that ends with the test.
pub struct Postgres {
    dir: TempDir,
    bin: PathBuf,
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Panics
    /// If Debian's package `postgresql` is not installed, or the server does not start.
    pub fn start() -> Self {
        let bin = binaries().expect("PostgreSQL is needed: apt-get install postgresql");
        let dir = tempfile::Builder::new().prefix("valetkey-pg").tempdir().expect("a temporary directory");
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(dir.path(), Some(uid), Some(gid)).expect("root may give a directory away");
        }
        let server = Self { dir, bin, user };
        let data = server.data();
        server.run("initdb", &["-D", &data, "-A", "trust", "-U", "valetkey", "--no-sync", "--locale=C", "-E", "UTF8"]);
        server.start_again();
        server
    }

    /// The address of a new, empty database on this server.
    pub fn new_database(&self, name: &str) -> String {
        self.run("createdb", &["-h", &self.socket(), "-U", "valetkey", name]);
        self.url(name)
    }

    /// The address of a database on this server.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://valetkey@{}/{name}", self.socket().replace('/', "%2F"))
    }

    /// Stops the server at once, as a crash would.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }

    /// Starts a stopped server.
    pub fn start_again(&self) {
        let options = format!("-c listen_addresses='' -k {} -c fsync=off -c max_connections=200", self.socket());
        let log = format!("{}/log", self.socket());
        self.run("pg_ctl", &["-D", &self.data(), "-o", &options, "-l", &log, "-w", "start"]);
    }

    /// Runs a statement as the database's owner, from outside.
    pub fn execute(&self, database: &str, sql: &str) {
        self.run("psql", &["-h", &self.socket(), "-U", "valetkey", "-d", database, "-qc", sql]);
    }

    fn data(&self) -> String {
        format!("{}/data", self.socket())
    }

    fn socket(&self) -> String {
        self.dir.path().display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).current_dir(self.dir.path()).stdin(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        // A server that stays behind holds on to its output: nothing may wait for that to end.
        let quiet = program == "pg_ctl";
        let (out, err) = if quiet { (Stdio::null(), Stdio::null()) } else { (Stdio::null(), Stdio::piped()) };
        let output = command.stdout(out).stderr(err).spawn().and_then(std::process::Child::wait_with_output);
        let output = output.unwrap_or_else(|e| panic!("{program} does not start: {e}"));
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = Command::new(self.bin.join("pg_ctl"));
        command
            .args(["-D", &self.data(), "-m", "immediate", "-w", "stop"])
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        // A test may have stopped it already.
        drop(command.status());
    }
}

/// The newest version's programs.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|e| Some(e.ok()?.path().join("bin"))).collect();
    versions.retain(|bin| bin.join("initdb").exists());
    versions.sort();
    versions.pop()
}

/// Whom to run as what refuses root: the user `valetkey` if there is one, else `nobody`. None if this is not root.
pub fn unprivileged() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("a list of users");
    let find = |name: &str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(find("valetkey").or_else(|| find("nobody")).expect("a user called nobody"))
}

/// Gives a directory and all in it to whoever [`unprivileged`] names.
pub fn give_away(path: &Path) {
    let Some((uid, gid)) = unprivileged() else { return };
    chown(path, Some(uid), Some(gid)).expect("root may give files away");
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a directory to read").flatten() {
            give_away(&entry.path());
        }
    }
}
