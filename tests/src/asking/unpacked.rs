//! Servers that Debian does not let stand beside others, where `tests/rare-servers` has unpacked them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::program;

/// A server that is unpacked and not installed.
pub(super) struct Unpacked {
    root: PathBuf,
}

impl Unpacked {
    /// Where it is.
    ///
    /// # Panics
    /// If it is not there, or where only its owner can go: its programs run as somebody else.
    pub(super) fn find(name: &str) -> Self {
        let root = program::target().join("rare").join(name);
        assert!(root.join("versions").is_file(), "{} is not there: run tests/rare-servers", root.display());
        let is_open = |dir: &&Path| dir.metadata().is_ok_and(|found| found.permissions().mode() & 1 == 1);
        let closed = root.ancestors().find(|dir| rustix::process::geteuid().is_root() && !is_open(dir));
        assert_eq!(closed, None, "others cannot go there: build where they can (CARGO_TARGET_DIR)");
        Self { root }
    }

    /// A file of its packages, by its path in them.
    ///
    /// # Panics
    /// If it has none.
    pub(super) fn file(&self, path: &str) -> String {
        let file = self.root.join(path);
        assert!(file.is_file(), "{} is not there: its package has changed", file.display());
        file.display().to_string()
    }

    /// What its programs must have in their environment.
    pub(super) fn environment(&self) -> String {
        format!("LD_LIBRARY_PATH={}", self.root.join("libraries").display())
    }
}
