//! Radicale: what it remembers, it does not ask about.

use std::path::Path;

use super::{Finding, Grade, at, read};

pub(super) fn examine(file: &Path) -> Result<Vec<Finding>, String> {
    let (mut section, mut found) = (String::new(), Vec::new());
    for (number, line) in read(file)?.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = line.split_once(['=', ':'])
            && section == "auth"
            && key.trim() == "cache_logins"
            && ["true", "yes", "on", "1"].contains(&value.trim().to_lowercase().as_str())
        {
            found.push(Finding {
                grade: Grade::Fault,
                place: at(file, number + 1),
                setting: line.to_owned(),
                harm: "a revoked app password signs in for as long as Radicale remembers it".into(),
                remedy: "set cache_logins = False, or take the line out, and restart Radicale".into(),
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_found_in_its_section_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("config");
        for (text, count) in [
            ("[auth]\ntype = ldap\ncache_logins = True\n", 1),
            ("[auth]\ncache_logins: yes\n", 1),
            ("[auth]\n# cache_logins = True\ncache_logins = False\n", 0),
            ("[other]\ncache_logins = True\n", 0),
        ] {
            std::fs::write(&file, text).expect("a file");
            assert_eq!(examine(&file).expect("it can be read").len(), count, "{text}");
        }
    }
}
