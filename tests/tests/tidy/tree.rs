//! The tree: every file that is kept.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Every file that is kept.
pub(crate) struct Tree {
    /// Where it is on this machine; none if a test has made it up.
    pub(crate) root: Option<PathBuf>,
    pub(crate) files: Vec<File>,
}

/// A file.
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) executable: bool,
}

/// Something that is against a rule.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    remedy: String,
}

impl Finding {
    pub(crate) fn new(path: &str, line: usize, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.remedy)
    }
}

impl Tree {
    /// Reads the tree that this test is part of.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the tree").to_owned();
        let ignored = std::fs::read_to_string(root.join(".gitignore")).expect("a .gitignore");
        let ignored: Vec<PathBuf> = ignored.lines().filter_map(|l| Some(root.join(l.strip_prefix('/')?))).collect();
        let mut files = Vec::new();
        walk(&root, &root, &ignored, &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { root: Some(root), files }
    }

    /// A tree of one file, to see that a rule finds what it forbids.
    pub(crate) fn of(path: &str, text: &str) -> Self {
        let executable = false;
        Self { root: None, files: vec![File { path: path.to_owned(), text: text.to_owned(), executable }] }
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|f| f.path == path)
    }

    /// The source files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|f| f.is_rust())
    }
}

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|e| e == "rs")
    }

    /// Whether all of it is tests.
    pub(crate) fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

fn walk(root: &Path, dir: &Path, ignored: &[PathBuf], files: &mut Vec<File>) {
    for entry in std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())).flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let Ok(kind) = entry.file_type() else { continue };
        // A corpus is what a fuzzer found: it may look like anything.
        if name == ".git" || name == "corpus" || kind.is_symlink() || ignored.contains(&path) {
            continue;
        }
        if kind.is_dir() {
            walk(root, &path, ignored, files);
            continue;
        }
        // It may go while one looks: others work here.
        let (Ok(bytes), Ok(metadata)) = (std::fs::read(&path), entry.metadata()) else { continue };
        files.push(File {
            path: path.strip_prefix(root).expect("it is in there").to_string_lossy().into_owned(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            executable: metadata.permissions().mode() & 0o111 != 0,
        });
    }
}
