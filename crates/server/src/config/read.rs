//! From a file and the environment to a configuration; and where in the file something stands, so that a mistake has a line.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::de::DeTable;
use toml::{Table, Value};

use super::{Config, check, headings, places};

/// Where the configuration is looked for if nobody says.
const DEFAULT_FILE: &str = "/etc/valetkey/valetkey.toml";
const ENVIRONMENT_PREFIX: &str = "VALETKEY__";
/// Far more than any configuration needs.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{file} cannot be read: {cause}")]
    Unreadable { file: PathBuf, cause: String },
    #[error("{0} in the environment: {1}")]
    Environment(String, String),
    #[error("{place}: {message}")]
    Meaning { place: String, message: String },
}

impl Config {
    /// Reads the file, and the environment over it. Without a file, and if there is none at the usual place, everything
    /// has its default.
    pub(crate) fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let usual = Path::new(DEFAULT_FILE);
        // One that is there and cannot be looked at must not be taken for none.
        let is_there = || {
            usual
                .try_exists()
                .map_err(|cause| ConfigError::Unreadable { file: usual.to_owned(), cause: cause.to_string() })
        };
        let file = match file {
            None if is_there()? => Some(usual),
            file => file,
        };
        let text = match file {
            Some(path) => read_text(path)?,
            None => String::new(),
        };
        let in_file = |error: &toml::de::Error| explained(error, file.unwrap_or(usual), &text);
        // The file alone first, since only then a mistake in it has a line.
        let alone: Self = toml::from_str(&text).map_err(|e| in_file(&e))?;
        let mut config = match overridden(&text, environment)? {
            // As text again, since only what is read from text has places, which `Spanned` asks for.
            Some((table, names)) => toml::from_str(&table.to_string())
                .map_err(|e| ConfigError::Environment(names.join(", "), e.message().to_owned()))?,
            None => alone,
        };
        config.file = file.map(Path::to_owned);
        check::check(&config, &text)?;
        Ok(config)
    }

    /// Where a key is set: its file, with its line if it is there. Of sections that come several times it says which, from 0.
    pub(crate) fn place(&self, section: &str, number: usize, key: &str) -> String {
        let Some(file) = &self.file else { return "the environment".to_owned() };
        let text = read_text(file).unwrap_or_default();
        match key_in(&text, section, number, key) {
            Some(at) => format!("{}, line {}", file.display(), line_of(&text, at)),
            None => file.display().to_string(),
        }
    }
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |cause: String| ConfigError::Unreadable { file: path.to_owned(), cause };
    let size = path.metadata().map_err(|e| unreadable(e.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(format!("it has {size} bytes, more than any configuration; is it the right file?")));
    }
    std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))
}

/// The message with the line and its key. Not with its value, which may be a password.
fn explained(error: &toml::de::Error, file: &Path, text: &str) -> ConfigError {
    let (mut place, mut message) = (file.display().to_string(), in_plain_words(error.message()));
    if let Some(span) = error.span() {
        let number = line_of(text, span.start);
        place += &format!(", line {number}");
        let line = text.lines().nth(number - 1).unwrap_or_default();
        let is_key = |key: &str| key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        let key = line.split_once('=').map(|(key, _)| key.trim()).filter(|key| is_key(key));
        let section = headings::around(text, number - 1);
        let one_of_several = section.as_deref().filter(|section| section.contains("[["));
        if message.starts_with("missing field") {
            message += &section.map_or_else(|| ": add it".to_owned(), |section| format!(": add it to {section}"));
        } else if let Some(key) = key {
            message += &one_of_several
                .map_or_else(|| format!(" (in: {key} = …)"), |section| format!(" (in {section}: {key} = …)"));
        }
    }
    ConfigError::Meaning { place, message }
}

/// The parser's names for types, as people call them.
fn in_plain_words(message: &str) -> String {
    [
        ("expected a boolean", "expected true or false"),
        ("expected u64", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("map, expected a sequence", "one section, expected several: write it in two brackets, such as [[dav.route]]"),
        ("expected a sequence", "expected a list, such as [\"one\", \"two\"]"),
        ("expected a string", "expected a text in quotation marks"),
        ("invalid type: ", "of the wrong kind: "),
    ]
    .iter()
    .fold(message.to_owned(), |message, (jargon, plain)| message.replace(jargon, plain))
}

/// Where a key's value begins, if it is in the file.
pub(super) fn key_at(text: &str, section: &str, key: &str) -> Option<usize> {
    key_in(text, section, 0, key)
}

/// The same in one of several sections of a name.
pub(super) fn key_in(text: &str, section: &str, number: usize, key: &str) -> Option<usize> {
    let file: HashMap<String, places::Keys> = toml::from_str(text).ok()?;
    file.get(section)?.find(number, key)
}

/// The same in one of several sections below another, counted from 0; where it lacks the key, where that one begins.
pub(super) fn key_of_nested(text: &str, [section, name]: [&str; 2], number: usize, key: &str) -> Option<usize> {
    let file = DeTable::parse(text).ok()?;
    let all = file.get_ref().get(section)?.get_ref().as_table()?.get(name)?.get_ref().as_array()?;
    let one = all.get(number)?;
    let value = one.get_ref().as_table().and_then(|keys| keys.get(key));
    Some(value.unwrap_or(one).span().start)
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

type Overridden = (Table, Vec<String>);

/// The file's content with the environment's values over it; `None` if the environment has none.
fn overridden(
    text: &str,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Option<Overridden>, ConfigError> {
    let mut names = Vec::new();
    let mut table: Table = text.parse().unwrap_or_default();
    for (name, value) in environment {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
        let path = path.to_lowercase();
        let Some((section, key)) = path.split_once("__") else {
            let advice = "write it as VALETKEY__SECTION__KEY, for example VALETKEY__STORE__URL";
            return Err(ConfigError::Environment(name.to_owned(), advice.to_owned()));
        };
        // A value that is one in TOML is that (`true`, `5`, `["a"]`); anything else is a text.
        let parsed = format!("value = {value}").parse::<Table>().ok().and_then(|mut t| t.remove("value"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
        let section = table.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(key.to_owned(), value);
        }
        names.push(name.to_owned());
    }
    Ok((!names.is_empty()).then_some((table, names)))
}
