//! Letters as files, for a machine that sends no mail, or whose mail server takes them from there.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Letters that are kept; with more, the oldest go: they are for looking at, and nobody empties the directory.
const KEPT_MAX: usize = 1000;

/// A directory of letters, which only its owner can read: links are in them.
#[derive(Clone)]
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn make(path: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Lays a letter into it, whole or not at all. One of the same name takes the other's place.
    pub(super) async fn keep(&self, name: &str, letter: Vec<u8>) -> io::Result<()> {
        let (directory, name) = (self.0.clone(), format!("{name}.eml"));
        let kept = tokio::task::spawn_blocking(move || {
            write(&directory, &name, &letter)?;
            forget_oldest(&directory, KEPT_MAX)
        });
        kept.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

fn write(directory: &Path, name: &str, letter: &[u8]) -> io::Result<()> {
    let beside = directory.join(format!(".{name}.new"));
    // What a crash has left there may be anybody's to read.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(letter)?;
    file.sync_all()?;
    std::fs::rename(&beside, directory.join(name))?;
    std::fs::File::open(directory)?.sync_all()
}

/// Their names begin with their time.
fn forget_oldest(directory: &Path, kept_max: usize) -> io::Result<()> {
    let mut letters = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        if Path::new(&name).extension().is_some_and(|extension| extension == "eml") {
            letters.push(name);
        }
    }
    letters.sort();
    let too_many = letters.len().saturating_sub(kept_max);
    for name in &letters[..too_many] {
        std::fs::remove_file(directory.join(name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_letter_is_kept_once_for_its_owner_alone_and_the_oldest_go() {
        let root = tempfile::tempdir().expect("a directory");
        let path = root.path().join("letters");
        let directory = Directory::make(path.clone()).expect("it is made");
        for name in ["2", "1", "3", "3"] {
            directory.keep(name, b"Subject: x\r\n\r\n".to_vec()).await.expect("it is kept");
        }
        let names = || {
            let mut names: Vec<String> = std::fs::read_dir(&path)
                .expect("it is there")
                .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(), ["1.eml", "2.eml", "3.eml"]);
        let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("1.eml"))), (0o700, 0o600));
        forget_oldest(&path, 2).expect("forgotten");
        assert_eq!(names(), ["2.eml", "3.eml"]);
    }
}
