//! What would defeat a revocation, or leak: looked for in the configuration of the servers that ask, and at the door of the
//! one behind the gateway.

mod door;
mod dovecot;
mod include;
mod master;
mod nginx;
mod own;
mod radicale;
mod saslauthd;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use master::{accepts_master, masters};
pub(crate) use own::{certificates, own};

/// The most of a file that is looked at: far more than any of these has.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What comes of a finding as things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// It is to be mended.
    Fault,
    /// It does nothing yet.
    Notice,
}

/// Something that was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) grade: Grade,
    /// The file, with its line if there is one; or the address.
    pub(crate) place: String,
    /// The setting.
    pub(crate) setting: String,
    /// What comes of it.
    pub(crate) harm: String,
    /// What to do.
    pub(crate) remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}; {}", self.place, self.setting, self.harm, self.remedy)
    }
}

/// A kind of file, where it usually is, and what looks through it.
pub(crate) struct Patient {
    pub(crate) name: &'static str,
    usual: &'static [&'static str],
    examine: fn(&Path) -> Result<Vec<Finding>, String>,
}

/// Every kind of file there is.
pub(crate) const PATIENTS: [Patient; 4] = [
    Patient { name: "Dovecot", usual: &["/etc/dovecot/dovecot.conf"], examine: dovecot::examine },
    Patient { name: "Radicale", usual: &["/etc/radicale/config"], examine: radicale::examine },
    Patient { name: "saslauthd", usual: &["/etc/default/saslauthd"], examine: saslauthd::examine },
    Patient { name: "nginx", usual: &["/etc/nginx/nginx.conf"], examine: nginx::examine },
];

impl Patient {
    /// Looks through a file that is named, or through those that are where they usually are.
    pub(crate) fn examine(&self, named: Option<&Path>) -> Result<(Vec<PathBuf>, Vec<Finding>), String> {
        let files: Vec<PathBuf> = match named {
            Some(file) => vec![file.to_owned()],
            None => self.usual.iter().map(PathBuf::from).filter(|file| file.exists()).collect(),
        };
        let mut found = Vec::new();
        for file in &files {
            found.extend((self.examine)(file)?);
        }
        Ok((files, found))
    }
}

fn read(file: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", file.display());
    if file.metadata().map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(format!("{} is longer than any configuration: is it the right file?", file.display()));
    }
    std::fs::read_to_string(file).map_err(unreadable)
}

fn at(file: &Path, line: usize) -> String {
    format!("{}, line {line}", file.display())
}
