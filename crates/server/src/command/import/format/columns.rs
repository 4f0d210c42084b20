//! CSV (RFC 4180), a record on each line.

use csv::{ReaderBuilder, StringRecord};

use crate::admin::{Hidden, ImportLine, WrittenPassword};

/// The columns that there can be.
const NAMES: [&str; 7] = ["login", "name", "aliases", "notice_address", "kind", "hash", "password"];

/// Which columns a file has, in their order.
pub(super) struct Columns {
    names: Vec<&'static str>,
}

impl Columns {
    /// Reads the names of the columns.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut names = Vec::new();
        for field in &record(text)? {
            let known = NAMES.into_iter().find(|name| field.trim().eq_ignore_ascii_case(name));
            let name = known.ok_or(format!("a column has a name that is not known; known are {}", NAMES.join(", ")))?;
            if names.contains(&name) {
                return Err(format!("two columns have the same name, '{name}'; take one of them out"));
            }
            names.push(name);
        }
        if !names.contains(&"login") {
            return Err("there is no column 'login'".to_owned());
        }
        Ok(Self { names })
    }

    /// Reads a line.
    pub(super) fn account(&self, number: u64, text: &str) -> Result<ImportLine, String> {
        let record = record(text)?;
        if record.len() != self.names.len() {
            return Err(format!(
                "the line has {} fields, and the first line has {}; a field with a comma in it stands in double quotes",
                record.len(),
                self.names.len()
            ));
        }
        let field = |name: &str| {
            let place = self.names.iter().position(|known| *known == name);
            place.and_then(|place| record.get(place)).unwrap_or_default()
        };
        Ok(ImportLine {
            number,
            login: field("login").to_owned(),
            aliases: words(field("aliases")),
            device: match field("kind").trim() {
                "" | "person" => false,
                "device" => true,
                _ => return Err("the kind is neither 'person' nor 'device'; correct it".to_owned()),
            },
            name: field("name").to_owned(),
            notice_address: Some(field("notice_address").trim().to_owned()).filter(|address| !address.is_empty()),
            password: password(field("hash").trim(), field("password"))?,
        })
    }
}

fn password(hash: &str, clear: &str) -> Result<Option<WrittenPassword>, String> {
    match (hash, clear) {
        ("", "") => Ok(None),
        (hash, "") => Ok(Some(WrittenPassword::Hash(Hidden::new(hash.to_owned())))),
        ("", clear) => Ok(Some(WrittenPassword::Clear(Hidden::new(clear.to_owned())))),
        _ => Err("there are a hash and a password; leave one of them out".to_owned()),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split([' ', ';']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A record that goes on in the next line could go on to the end of the file, so there are none.
fn record(text: &str) -> Result<StringRecord, String> {
    if text.matches('"').count() % 2 == 1 {
        let wrong = "a double quote is open at the end of the line; close it, and leave no line break within a field";
        return Err(wrong.to_owned());
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(text.len() + 1)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    reader.read_record(&mut record).map_err(|e| format!("the line is no CSV: {e}"))?;
    Ok(record)
}
