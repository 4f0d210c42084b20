//! saslauthd between Cyrus and Valetkey (`-a ldap`, `-a pam`): with `-c` it remembers passwords.
//!
//! Debian writes `-c` into every new file, for a saslauthd that nobody starts. So it counts where it is started: by
//! `START=yes`, or because one runs.

use std::path::Path;

use super::{Finding, Grade, at, read};

/// What Debian's script takes where the file says nothing.
const USUAL: &str = "-c -m /var/run/saslauthd";
/// Options behind which a value stands.
const WITH_VALUE: &str = "amnstO";

pub(super) fn examine(file: &Path) -> Result<Vec<Finding>, String> {
    Ok(look(file, &read(file)?, &running()))
}

fn look(file: &Path, text: &str, running: &[Running]) -> Vec<Finding> {
    let is_started = setting(text, "START").is_some_and(|(_, value)| value == "yes");
    let set = setting(text, "OPTIONS").filter(|(_, value)| !value.is_empty());
    let options = Options::of(set.map_or(USUAL, |(_, value)| value).split_whitespace());
    let mut of_this = running.iter().filter(|one| one.options.directory == options.directory);
    let remembers = of_this.find(|one| one.options.remembers);
    let finding = |grade, place, setting: &str, harm: &str, remedy: &str| {
        let (setting, harm, remedy) = (setting.to_owned(), harm.to_owned(), remedy.to_owned());
        vec![Finding { grade, place, setting, harm, remedy }]
    };
    let harm = "with -c a revoked app password signs in for as long as saslauthd remembers it";
    let remedy = "take -c out and restart saslauthd, or have Valetkey answer at its socket ([[saslauthd]])";
    match (options.remembers, is_started || remembers.is_some(), remembers) {
        (true, true, _) => {
            let line = set.map_or(1, |(line, _)| line);
            let shown = set.map_or_else(|| "no OPTIONS".to_owned(), |_| line_of(text, line));
            finding(Grade::Fault, at(file, line), &shown, harm, remedy)
        }
        // Without OPTIONS nobody has written it, and nobody starts it.
        (true, false, _) => set.map_or_else(Vec::new, |(line, _)| {
            let harm =
                "nothing comes of it while saslauthd is not started; with -c it would remember a revoked app password";
            finding(Grade::Notice, at(file, line), &line_of(text, line), harm, "take -c out before you start it")
        }),
        (false, _, Some(one)) => {
            let place = format!("process {}", one.process);
            finding(Grade::Fault, place, &one.command, harm, "restart saslauthd: it was started with -c")
        }
        (false, _, None) => Vec::new(),
    }
}

/// The last line that sets this, as a shell reads it: its number and what stands behind it.
fn setting<'t>(text: &'t str, name: &str) -> Option<(usize, &'t str)> {
    let value = |line: &'t str| line.trim().strip_prefix(name)?.strip_prefix('=');
    let lines = text.lines().enumerate().filter_map(|(number, line)| Some((number + 1, value(line)?)));
    lines.last().map(|(number, value)| (number, value.trim().trim_matches(['"', '\''])))
}

fn line_of(text: &str, number: usize) -> String {
    text.lines().nth(number - 1).unwrap_or_default().trim().to_owned()
}

/// What stands among a saslauthd's options.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    remembers: bool,
    /// Where its socket is, by which one saslauthd is told from another.
    directory: String,
}

impl Options {
    fn of<'w>(mut words: impl Iterator<Item = &'w str>) -> Self {
        let mut options = Self { remembers: false, directory: "/var/run/saslauthd".into() };
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-') else { continue };
            let with_value = letters.find(|c| WITH_VALUE.contains(c));
            options.remembers |= letters[..with_value.unwrap_or(letters.len())].contains('c');
            let Some((option, attached)) = with_value.map(|at| letters[at..].split_at(1)) else { continue };
            // What stands behind an option that takes a value is that value.
            let value = if attached.is_empty() { words.next().unwrap_or_default() } else { attached };
            if option == "m" {
                value.clone_into(&mut options.directory);
            }
        }
        options
    }
}

/// A saslauthd that runs.
struct Running {
    process: u32,
    command: String,
    options: Options,
}

/// Those that can be seen.
fn running() -> Vec<Running> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter_map(|process: u32| read_process(process, &std::fs::read(format!("/proc/{process}/cmdline")).ok()?))
        .collect()
}

/// `words` as `/proc` has them, each with a zero behind it.
fn read_process(process: u32, words: &[u8]) -> Option<Running> {
    let text = String::from_utf8_lossy(words);
    let mut words = text.split_terminator('\0');
    if Path::new(words.next()?).file_name()? != "saslauthd" {
        return None;
    }
    let command = text.trim_end_matches('\0').replace('\0', " ");
    Some(Running { process, command, options: Options::of(words) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a file, while these run: each is its words.
    fn found(text: &str, running: &[&str]) -> Vec<(Grade, String)> {
        let words = |command: &&str| read_process(7, command.replace(' ', "\0").as_bytes()).expect("it is one");
        let running: Vec<Running> = running.iter().map(words).collect();
        let found = look(Path::new("saslauthd"), text, &running);
        found.into_iter().map(|one| (one.grade, one.place)).collect()
    }

    #[test]
    fn the_option_is_told_from_values() {
        for (options, count) in [
            ("\"-c -m /var/run/saslauthd\"", 1),
            ("'-rc'", 1),
            ("\"-m /var/run/-c\"", 0),
            ("\"-m -c\"", 0),
            ("\"-r -m /run\"", 0),
            ("\"-acache\"", 0),
        ] {
            let text = format!("START=yes\n# OPTIONS=\"-c\"\nOPTIONS={options}\n");
            let expected = vec![(Grade::Fault, "saslauthd, line 3".to_owned()); count];
            assert_eq!(found(&text, &[]), expected, "{options}");
        }
    }

    #[test]
    fn one_that_nobody_starts_is_no_fault() {
        let debians = "MECHANISMS=\"pam\"\nOPTIONS=\"-c -m /run/sasl\"\n";
        let line = "saslauthd, line 2".to_owned();
        for start in ["", "START=no\n", "#START=yes\n"] {
            assert_eq!(found(&format!("{debians}{start}"), &[]), [(Grade::Notice, line.clone())], "{start}");
        }
        for start in ["START=yes\n", "START=no\n START=\"yes\"\n"] {
            assert_eq!(found(&format!("{debians}{start}"), &[]), [(Grade::Fault, line.clone())], "{start}");
        }
        for (running, grade) in [
            ("/usr/sbin/saslauthd -a pam -c -m /run/sasl -n 5", Grade::Fault),
            ("/usr/sbin/saslauthd -a pam -m /run/sasl", Grade::Notice),
            ("/usr/sbin/saslauthd -a pam -c -m /run/another", Grade::Notice),
        ] {
            assert_eq!(found(debians, &[running]), [(grade, line.clone())], "{running}");
        }
    }

    #[test]
    fn what_is_started_without_options_has_debians() {
        assert_eq!(found("START=yes\n", &[]), [(Grade::Fault, "saslauthd, line 1".to_owned())]);
        assert_eq!(found("START=yes\nOPTIONS=\"\"\n", &[]).len(), 1);
        assert_eq!(found("MECHANISMS=\"pam\"\n", &[]), []);
    }

    #[test]
    fn one_that_was_not_restarted_is_a_fault() {
        let text = "START=yes\nOPTIONS=\"-m /run/sasl\"\n";
        let still = found(text, &["/usr/sbin/saslauthd -a pam -m /run/sasl", "saslauthd -cm /run/sasl"]);
        assert_eq!(still, [(Grade::Fault, "process 7".to_owned())]);
        assert_eq!(found(text, &["/usr/sbin/saslauthd -a pam -m /run/sasl"]), []);
    }
}
