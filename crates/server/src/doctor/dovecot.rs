//! Dovecot: what it remembers, it does not ask about.

use std::path::Path;

use super::include::included;
use super::{Finding, Grade, at, read};

/// How deep includes go at most.
const DEPTH_MAX: usize = 16;

pub(super) fn examine(file: &Path) -> Result<Vec<Finding>, String> {
    let mut last = None;
    look_through(file, 0, &mut last)?;
    let Some((place, value)) = last else { return Ok(Vec::new()) };
    let is_off = value.trim_start_matches('0').trim_start().chars().all(char::is_alphabetic) && value.starts_with('0');
    if is_off {
        return Ok(Vec::new());
    }
    Ok(vec![Finding {
        grade: Grade::Fault,
        place,
        setting: format!("auth_cache_size = {value}"),
        harm: "a revoked app password signs in for as long as Dovecot remembers it".into(),
        remedy: "set auth_cache_size = 0, or take the line out, and reload Dovecot".into(),
    }])
}

/// The last setting counts, in the order in which Dovecot reads.
fn look_through(file: &Path, depth: usize, last: &mut Option<(String, String)>) -> Result<(), String> {
    let base = file.parent().unwrap_or(Path::new("/"));
    for (number, line) in read(file)?.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some((word @ ("!include" | "!include_try"), pattern)) = line.split_once(char::is_whitespace) {
            if depth >= DEPTH_MAX {
                return Err(format!("{}: includes go too deep", at(file, number + 1)));
            }
            let files = included(pattern.trim(), base)?;
            if files.is_none() && word == "!include" {
                return Err(format!(
                    "{}: {} is not there, so Dovecot does not read this: name the dovecot.conf that it reads",
                    at(file, number + 1),
                    base.join(pattern.trim()).display()
                ));
            }
            for included in &files.unwrap_or_default() {
                look_through(included, depth + 1, last)?;
            }
        } else if let Some((key, value)) = line.split_once('=')
            && key.trim() == "auth_cache_size"
        {
            *last = Some((at(file, number + 1), value.trim().to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_found_wherever_it_is_switched_on_and_the_last_word_counts() {
        let dir = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("a file");
        std::fs::create_dir(dir.path().join("conf.d")).expect("a directory");
        let main = dir.path().join("dovecot.conf");
        let found =
            || examine(&main).expect("it can be read").first().map(|one| (one.place.clone(), one.setting.clone()));
        write("dovecot.conf", "protocols = imap\n!include conf.d/*.conf\n!include_try local.conf\n");
        assert_eq!(found(), None);
        write("conf.d/10-auth.conf", "# auth_cache_size = 5M\n");
        assert_eq!(found(), None);
        write("conf.d/10-auth.conf", "\nauth_cache_size = 10M # all of them\n");
        let place = at(&dir.path().join("conf.d/10-auth.conf"), 2);
        assert_eq!(found(), Some((place, "auth_cache_size = 10M".into())));
        write("local.conf", "auth_cache_size = 0\n");
        assert_eq!(found(), None);
        write("local.conf", "auth_cache_size = 0M\n");
        assert_eq!(found(), None);
        write("local.conf", "auth_cache_size = 1024\n");
        assert!(found().is_some());
    }

    #[test]
    fn what_is_included_and_not_there_is_an_error_unless_it_was_only_to_be_tried() {
        let dir = tempfile::tempdir().expect("a directory");
        let main = dir.path().join("dovecot.conf");
        for (text, is_fine) in [
            ("!include_try local.conf\n", true),
            ("!include conf.d/*.conf\n", true),
            ("!include local.conf\n", false),
            ("!include\tlocal.conf\n", false),
        ] {
            std::fs::write(&main, text).expect("a file");
            let found = examine(&main);
            assert_eq!(found.is_ok(), is_fine, "{text}");
            let says = |error: &String| error.contains("line 1: ") && error.contains("name the dovecot.conf");
            assert!(is_fine || found.as_ref().is_err_and(says), "{found:?}");
        }
    }
}
