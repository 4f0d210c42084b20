//! The files that a configuration includes.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Stand for something else, in any part of a path.
const WILD: [char; 2] = ['*', '?'];
/// Mean something in patterns, and are not followed.
const NOT_FOLLOWED: [char; 3] = ['[', '{', '\\'];

/// The files that an include means, in order, or nothing if it names a single one that is not there. What cannot be looked at
/// is an error: something may be there.
pub(super) fn included(pattern: &str, base: &Path) -> Result<Option<Vec<PathBuf>>, String> {
    if pattern.contains(NOT_FOLLOWED) {
        return Err(format!("what {pattern} includes is not looked for: write its files out, or with * and ? alone"));
    }
    let mut found = vec![base.to_owned()];
    for part in Path::new(pattern).components() {
        let beneath: Result<Vec<_>, _> = found.iter().map(|place| beneath(place, part)).collect();
        found = beneath?.concat();
    }
    let mut files = Vec::new();
    for path in found {
        match path.metadata() {
            Ok(facts) if facts.is_dir() => {}
            Ok(_) => files.push(path),
            Err(error) if is_nothing(&error) => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    files.sort();
    Ok(if files.is_empty() && !pattern.contains(WILD) { None } else { Some(files) })
}

/// What one part of a pattern means in a directory. What is written out need not be there.
fn beneath(dir: &Path, part: Component<'_>) -> Result<Vec<PathBuf>, String> {
    let Some(pattern) = part.as_os_str().to_str().filter(|name| name.contains(WILD)) else {
        return Ok(vec![dir.join(part)]);
    };
    let read = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let entries = match read.read_dir() {
        Ok(entries) => entries,
        Err(error) if is_nothing(&error) => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(read, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| unreadable(read, &error))?.file_name();
        // An editor's copies are hidden from patterns.
        let is_meant = |name: &str| is_like(name, pattern) && (!name.starts_with('.') || pattern.starts_with('.'));
        if is_meant(&name.to_string_lossy()) {
            found.push(dir.join(name));
        }
    }
    Ok(found)
}

/// Whether there can be no such file, as against one that cannot be looked at.
fn is_nothing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be looked at: {error}", path.display())
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

    #[test]
    fn every_part_of_a_path_may_be_a_pattern_and_what_is_not_followed_is_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        for part in ["a", "b", "c/also.conf"] {
            std::fs::create_dir_all(dir.path().join(part)).expect("a directory");
        }
        for file in ["a/x.conf", "a/.x.conf", "b/x.conf", "b/y.conf", "top.conf"] {
            std::fs::write(dir.path().join(file), "").expect("a file");
        }
        let shown = |pattern: &str| {
            let found = included(pattern, dir.path()).expect("it can be looked at")?;
            let shown = found.iter().map(|file| file.strip_prefix(dir.path()).expect("beneath").display().to_string());
            Some(shown.collect::<Vec<_>>().join(" "))
        };
        for (pattern, files) in [
            ("*/x.conf", Some("a/x.conf b/x.conf")),
            ("?/*.conf", Some("a/x.conf b/x.conf b/y.conf")),
            ("a/.*.conf", Some("a/.x.conf")),
            ("a/../*.conf", Some("a/../top.conf")),
            ("none/*.conf", Some("")),
            ("top.conf/*", Some("")),
            ("*/y.conf/x", Some("")),
            ("b/y.conf", Some("b/y.conf")),
            ("b/none.conf", None),
        ] {
            assert_eq!(shown(pattern).as_deref(), files, "{pattern}");
        }
        assert_eq!(shown(&dir.path().join("*/y.conf").display().to_string()).as_deref(), Some("b/y.conf"));
        for pattern in ["[ab]/x.conf", "{a,b}/*.conf", "a/\\*"] {
            assert!(included(pattern, dir.path()).is_err_and(|error| error.contains("not looked for")), "{pattern}");
        }
    }
}
