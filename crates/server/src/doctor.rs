//! What would defeat a revocation, or leak: looked for in the configuration of the servers that ask, and at the door of the
//! one behind the gateway.

mod dovecot;
mod master;
mod nginx;
mod own;
mod radicale;
mod saslauthd;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use master::accepts_master;
pub(crate) use own::{certificates, own};

/// The most of a file that is looked at: far more than any of these has.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Something to be mended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
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

/// The files that a pattern names, in order; `*` and `?` stand in the last part alone, as includes have them. What cannot be
/// looked at is an error: something may be there.
fn matching(pattern: &str, base: &Path) -> Result<Vec<PathBuf>, String> {
    let whole = base.join(pattern);
    let (Some(dir), Some(name)) = (whole.parent(), whole.file_name().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    let unreadable = |error: std::io::Error| format!("{} cannot be looked at: {error}", whole.display());
    if !name.contains(['*', '?']) {
        return Ok(if whole.try_exists().map_err(unreadable)? { vec![whole] } else { Vec::new() });
    }
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && path.file_name().and_then(|file| file.to_str()).is_some_and(|file| is_like(file, name)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a name is like a pattern with `*` and `?`.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => name.is_empty(),
        Some('*') => {
            (0..=name.len()).filter(|at| name.is_char_boundary(*at)).any(|at| is_like(&name[at..], chars.as_str()))
        }
        Some(expected) => {
            let mut rest = name.chars();
            rest.next().is_some_and(|c| expected == '?' || c == expected) && is_like(rest.as_str(), chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_includes() {
        for (name, pattern, is) in [
            ("10-auth.conf", "*.conf", true),
            ("10-auth.conf", "1?-*.conf", true),
            ("10-auth.conf.ext", "*.conf", false),
            ("a", "a*", true),
            ("", "*", true),
            ("b", "a*", false),
        ] {
            assert_eq!(is_like(name, pattern), is, "{name} {pattern}");
        }
    }
}
