//! The directory in which everything lives.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::TryoutError;
use super::ports::Ports;
use crate::assembly::write_private;

/// Says that the directory may be emptied by the next try.
const MARK: &str = ".valetkey-try";

/// The directory in which everything lives. Without a name it is a temporary one, which is removed when dropped.
pub(super) struct Directory {
    root: PathBuf,
    /// Whom what refuses root runs as; none if this is not root.
    user: Option<(u32, u32)>,
    /// For all that runs here.
    pub(super) ports: Ports,
    /// Locked as long as this try runs.
    _mark: File,
    _temporary: Option<TempDir>,
}

impl Directory {
    /// Makes it, empty.
    pub(super) fn make(named: Option<&Path>) -> Result<Self, TryoutError> {
        let in_the_way = |path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| TryoutError::File { path, source }
        };
        let (root, temporary) = if let Some(path) = named {
            empty(path)?;
            std::fs::create_dir_all(path).map_err(in_the_way(path))?;
            (path.canonicalize().map_err(in_the_way(path))?, None)
        } else {
            let made = tempfile::Builder::new().prefix("valetkey-try-").tempdir();
            let made = made.map_err(in_the_way(&std::env::temp_dir()))?;
            (made.path().to_owned(), Some(made))
        };
        let user = unprivileged();
        // Others may pass through, to reach a socket that they are told of, and look at nothing.
        std::fs::set_permissions(&root, Permissions::from_mode(0o711)).map_err(in_the_way(&root))?;
        if let Some(closed) = user.and_then(|user| closed_to(&root, user)) {
            return Err(TryoutError::Closed(closed));
        }
        let mark = root.join(MARK);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&mark);
        let mark =
            made.and_then(|file| file.try_lock().map(|()| file).map_err(io::Error::from)).map_err(in_the_way(&mark))?;
        let directory = Self { root, user, ports: Ports::default(), _mark: mark, _temporary: temporary };
        directory.subdirectory("run", 0o711)?;
        directory.subdirectory("tls", 0o700)?;
        Ok(directory)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn user(&self) -> Option<(u32, u32)> {
        self.user
    }

    pub(super) fn subdirectory(&self, name: &str, mode: u32) -> Result<PathBuf, TryoutError> {
        let path = self.path(name);
        let made = DirBuilder::new().recursive(true).mode(mode).create(&path);
        made.map_err(|source| TryoutError::File { path: path.clone(), source })?;
        Ok(path)
    }

    /// Writes a file that only its owner can read.
    pub(super) fn write_private(&self, name: &str, text: &str) -> Result<PathBuf, TryoutError> {
        let path = self.path(name);
        match write_private(&path, text.as_bytes()) {
            Ok(()) => Ok(path),
            Err(source) => Err(TryoutError::File { path, source }),
        }
    }

    /// Gives a file or directory, with all in it, to whoever runs the servers behind.
    pub(super) fn give_away(&self, name: &str) -> Result<(), TryoutError> {
        let Some((uid, gid)) = self.user else { return Ok(()) };
        give(&self.path(name), uid, gid)
    }
}

fn give(path: &Path, uid: u32, gid: u32) -> Result<(), TryoutError> {
    let in_the_way = |source| TryoutError::File { path: path.to_owned(), source };
    chown(path, Some(uid), Some(gid)).map_err(in_the_way)?;
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(in_the_way)? {
            give(&entry.map_err(in_the_way)?.path(), uid, gid)?;
        }
    }
    Ok(())
}

/// Empties a directory that an earlier try made; refuses any other that has something in it, and somebody else's, who could
/// put something in it at any time.
fn empty(path: &Path) -> Result<(), TryoutError> {
    let in_the_way = |source| TryoutError::File { path: path.to_owned(), source };
    if path.metadata().is_ok_and(|found| found.uid() != rustix::process::geteuid().as_raw()) {
        return Err(TryoutError::NotYours(path.to_owned()));
    }
    let mut entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(in_the_way(error)),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    match File::open(path.join(MARK)).map(|mark| mark.try_lock()) {
        Ok(Ok(())) => std::fs::remove_dir_all(path).map_err(in_the_way),
        Ok(Err(TryLockError::WouldBlock)) => Err(TryoutError::Running(path.to_owned())),
        Ok(Err(TryLockError::Error(error))) => Err(in_the_way(error)),
        Err(_) => Err(TryoutError::NotOurs(path.to_owned())),
    }
}

/// The first directory on the way that a user may not pass through.
fn closed_to(root: &Path, (uid, gid): (u32, u32)) -> Option<PathBuf> {
    let is_closed = |directory: &&Path| {
        let passable = directory.metadata().is_ok_and(|found| {
            let bit = match (found.uid() == uid, found.gid() == gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            found.mode() & bit != 0
        });
        !passable
    };
    root.ancestors().find(is_closed).map(Path::to_owned)
}

/// Whom to run as what refuses root: the user `valetkey` if there is one, else `nobody`.
fn unprivileged() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2);
        Some((ids.next()?.parse().ok()?, ids.next()?.parse().ok()?))
    };
    find("valetkey").or_else(|| find("nobody")).or(Some((65534, 65534)))
}
