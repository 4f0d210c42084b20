//! saslauthd between Cyrus and Valetkey (`-a ldap`, `-a pam`): with `-c` it remembers passwords.

use std::path::Path;

use super::{Finding, at, read};

pub(super) fn examine(file: &Path) -> Result<Vec<Finding>, String> {
    let mut found = Vec::new();
    for (number, line) in read(file)?.lines().enumerate() {
        let line = line.trim();
        let Some(options) = line.strip_prefix("OPTIONS=") else { continue };
        // What stands behind an option that takes a value is that value.
        let mut words = options.trim_matches(['"', '\'']).split_whitespace();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-') else { continue };
            let with_value = letters.find(|c| "amnstO".contains(c));
            if letters[..with_value.unwrap_or(letters.len())].contains('c') {
                found.push(Finding {
                    place: at(file, number + 1),
                    setting: line.to_owned(),
                    harm: "with -c a revoked app password signs in for as long as saslauthd remembers it".into(),
                    remedy: "take -c out and restart saslauthd, or have Valetkey answer at its socket ([[saslauthd]])"
                        .into(),
                });
            }
            if with_value.is_some_and(|at| at + 1 == letters.len()) {
                words.next();
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_is_told_from_values() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("saslauthd");
        for (text, count) in [
            ("OPTIONS=\"-c -m /var/run/saslauthd\"\n", 1),
            ("OPTIONS='-rc'\n", 1),
            ("OPTIONS=\"-m /var/run/-c\"\n", 0),
            ("OPTIONS=\"-m -c\"\n", 0),
            ("# OPTIONS=\"-c\"\nOPTIONS=\"-r -m /run\"\n", 0),
            ("OPTIONS=\"-acache\"\n", 0),
        ] {
            std::fs::write(&file, text).expect("a file");
            assert_eq!(examine(&file).expect("it can be read").len(), count, "{text}");
        }
    }
}
