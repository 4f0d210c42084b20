//! Dovecot: what it remembers, it does not ask about; and of tokens it looks at no more than it is told to.

use std::path::{Path, PathBuf};

use super::include::included;
use super::{Finding, Grade, at, read};

/// How deep includes go at most.
const DEPTH_MAX: usize = 16;

/// What is of interest, in the order in which Dovecot reads.
#[derive(Default)]
struct Seen {
    /// The last word on its cache: where, and what.
    cache: Option<(String, String)>,
    /// The block that is being read, if it is one that says who may sign in.
    passdb: Option<Passdb>,
    /// The files that say how tokens are asked about.
    tokens: Vec<PathBuf>,
}

#[derive(Default)]
struct Passdb {
    driver: String,
    args: String,
}

pub(super) fn examine(file: &Path) -> Result<Vec<Finding>, String> {
    let mut seen = Seen::default();
    look_through(file, 0, &mut seen)?;
    let mut found: Vec<Finding> = seen.cache.and_then(|(place, value)| of_cache(place, &value)).into_iter().collect();
    for file in &seen.tokens {
        found.extend(of_tokens(file)?);
    }
    Ok(found)
}

fn of_cache(place: String, value: &str) -> Option<Finding> {
    let is_off = value.trim_start_matches('0').trim_start().chars().all(char::is_alphabetic) && value.starts_with('0');
    (!is_off).then(|| Finding {
        grade: Grade::Fault,
        place,
        setting: format!("auth_cache_size = {value}"),
        harm: "a revoked app password signs in for as long as Dovecot remembers it".into(),
        remedy: "set auth_cache_size = 0, or take the line out, and reload Dovecot".into(),
    })
}

/// What a Dovecot that asks whose a token is leaves out of its question, or of what it asks of the answer.
fn of_tokens(file: &Path) -> Result<Vec<Finding>, String> {
    let text = read(file)?;
    // A line that begins with a sharp has a key that is none of these.
    let value = |key: &str| {
        let found = text.lines().enumerate().filter_map(|(number, line)| Some((number, line.split_once('=')?)));
        found.filter(|(_, (name, _))| name.trim() == key).map(|(number, (_, value))| (number, value.trim())).last()
    };
    let fault = |place: String, setting: &str, harm: &str, remedy: &str| Finding {
        grade: Grade::Fault,
        place,
        setting: setting.to_owned(),
        harm: harm.to_owned(),
        remedy: remedy.to_owned(),
    };
    let mut found = Vec::new();
    // Without it app passwords are asked about, or nothing.
    let Some((line, mode)) = value("introspection_mode") else { return Ok(found) };
    if mode == "get" {
        found.push(fault(
            at(file, line + 1),
            "introspection_mode = get",
            "tokens are put into addresses, which are logged on the way",
            "set introspection_mode = post",
        ));
    }
    if value("scope").is_none_or(|(_, scope)| scope.is_empty()) {
        found.push(fault(
            file.display().to_string(),
            "scope",
            "it is not set, and a token that its owner gave for calendars opens the mailbox",
            "set scope = urn:ietf:params:oauth:scope:mail, and reload Dovecot",
        ));
    }
    Ok(found)
}

/// The last setting counts, in the order in which Dovecot reads.
fn look_through(file: &Path, depth: usize, seen: &mut Seen) -> Result<(), String> {
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
                look_through(included, depth + 1, seen)?;
            }
        } else if line.starts_with("passdb") && line.ends_with('{') {
            seen.passdb = Some(Passdb::default());
        } else if line == "}" {
            let is_oauth = |one: &Passdb| one.driver == "oauth2" && !one.args.is_empty();
            seen.tokens.extend(seen.passdb.take().filter(is_oauth).map(|one| base.join(one.args)));
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim().to_owned();
            match (key.trim(), &mut seen.passdb) {
                ("auth_cache_size", _) => seen.cache = Some((at(file, number + 1), value)),
                ("driver", Some(passdb)) => passdb.driver = value,
                ("args", Some(passdb)) => passdb.args = value,
                _ => {}
            }
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

    #[test]
    fn a_dovecot_that_takes_any_token_is_found_and_one_that_asks_about_app_passwords_is_not() {
        let dir = tempfile::tempdir().expect("a directory");
        let (main, tokens) = (dir.path().join("dovecot.conf"), dir.path().join("tokens"));
        let passdb = "passdb {\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {tokens}\n}\n";
        std::fs::write(&main, passdb.replace("{tokens}", &tokens.display().to_string())).expect("a file");
        let good = "introspection_url = https://a.example/oauth/introspect\nintrospection_mode = post\nscope = mail\n";
        for (text, expected) in [
            (good.to_owned(), &[][..]),
            ("grant_url = https://a.example/token/imap\n".to_owned(), &[]),
            (good.replace("scope = mail\n", ""), &["scope"]),
            (good.replace("scope", "# scope"), &["scope"]),
            (good.replace("= post", "= get"), &["introspection_mode = get"]),
        ] {
            std::fs::write(&tokens, &text).expect("a file");
            let found = examine(&main).expect("it can be read");
            let settings: Vec<&str> = found.iter().map(|one| one.setting.as_str()).collect();
            assert_eq!(settings, expected, "{text}");
        }
        std::fs::write(&tokens, "# of Valetkey\nscope = mail\nintrospection_mode = get\n").expect("a file");
        assert_eq!(examine(&main).expect("it can be read")[0].place, at(&tokens, 3), "lines of comments count");
        std::fs::remove_file(&tokens).expect("a file of ours");
        assert!(examine(&main).is_err(), "what cannot be read is not called clean");
    }
}
