//! What the lines of other programs' files say.

mod columns;

use std::path::Path;

use clap::ValueEnum;

use super::lines::Line;
use crate::admin::{Failure, Hidden, ImportLine, WrittenPassword};
use columns::Columns;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Columns, whose names stand in the first line
    Csv,
    /// Dovecot's passwd-file
    Passwd,
    /// Apache's
    Htpasswd,
}

/// What a line says.
pub(super) enum Told {
    /// It is empty, a comment, or the names of the columns.
    Nothing,
    Account(ImportLine),
    /// What is wrong and what to do.
    Wrong(String),
}

/// Reads the lines of one file.
pub(super) struct Reader {
    format: Option<Format>,
    columns: Option<Columns>,
}

impl Reader {
    /// For a file whose format is known, or can be guessed by its name or else by its first line.
    pub(super) fn new(format: Option<Format>, file: &Path) -> Self {
        Self { format: format.or_else(|| by_name(file)), columns: None }
    }

    /// Reads a line. Without the names of its columns, a whole file cannot be read.
    pub(super) fn read(&mut self, line: &Line) -> Result<Told, Failure> {
        let text = match &line.text {
            Ok(text) => text.as_str(),
            Err(wrong) => return Ok(Told::Wrong((*wrong).to_owned())),
        };
        if text.trim().is_empty() || (text.starts_with('#') && self.format != Some(Format::Csv)) {
            return Ok(Told::Nothing);
        }
        let format = *self.format.get_or_insert_with(|| by_line(text));
        let told = match (format, &self.columns) {
            (Format::Csv, None) => {
                self.columns = Some(Columns::read(text).map_err(|wrong| {
                    Failure::usage(format!("the first line must have the names of the columns: {wrong}"))
                })?);
                return Ok(Told::Nothing);
            }
            (Format::Csv, Some(columns)) => columns.account(line.number, text),
            (Format::Passwd, _) => passwd(line.number, text),
            (Format::Htpasswd, _) => htpasswd(line.number, text),
        };
        Ok(told.map_or_else(Told::Wrong, Told::Account))
    }
}

fn by_name(file: &Path) -> Option<Format> {
    let name = file.file_name()?.to_str()?.to_ascii_lowercase();
    match name.rsplit_once('.').map_or(name.as_str(), |(_, extension)| extension) {
        "csv" => Some(Format::Csv),
        "htpasswd" => Some(Format::Htpasswd),
        _ => None,
    }
}

fn by_line(text: &str) -> Format {
    if Columns::read(text).is_ok() {
        Format::Csv
    } else if text.matches(':').count() > 1 {
        Format::Passwd
    } else {
        Format::Htpasswd
    }
}

/// `user:{SCHEME}hash:uid:gid:gecos:home:shell:extra`, of which the middle is Dovecot's business.
fn passwd(number: u64, text: &str) -> Result<ImportLine, String> {
    let mut fields = text.split(':');
    let login = fields.next().unwrap_or_default();
    let password = fields.next().ok_or("there is no ':' behind the user; is this a passwd-file?")?;
    let gecos = fields.nth(2).unwrap_or_default();
    // Behind a comma, passwd(5) has rooms and telephone numbers.
    let name = gecos.split(',').next().unwrap_or_default();
    Ok(ImportLine { name: name.to_owned(), ..plain(number, login, password) })
}

/// `user:hash`
fn htpasswd(number: u64, text: &str) -> Result<ImportLine, String> {
    let (login, password) = text.split_once(':').ok_or("there is no ':' behind the user; is this an htpasswd file?")?;
    Ok(plain(number, login, password.trim_end()))
}

fn plain(number: u64, login: &str, password: &str) -> ImportLine {
    ImportLine {
        number,
        login: login.to_owned(),
        aliases: Vec::new(),
        device: false,
        name: String::new(),
        notice_address: None,
        password: (!password.is_empty()).then(|| WrittenPassword::Hash(Hidden::new(password.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    /// What is read from a file of this name, as texts.
    fn read(format: Option<Format>, name: &str, lines: &[&str]) -> Vec<String> {
        let mut reader = Reader::new(format, Path::new(name));
        let told = lines.iter().zip(1..).map(|(text, number)| {
            let text = Ok(Zeroizing::new((*text).to_owned()));
            match reader.read(&Line { number, bytes: 0, text }) {
                Ok(Told::Nothing) => "-".to_owned(),
                Ok(Told::Account(line)) => shown(&line),
                Ok(Told::Wrong(wrong)) => format!("wrong: {wrong}"),
                Err(failure) => format!("failed: {}", failure.message),
            }
        });
        told.collect()
    }

    fn shown(line: &ImportLine) -> String {
        let password = match &line.password {
            Some(WrittenPassword::Hash(hash)) => format!("hash {}", hash.expose()),
            Some(WrittenPassword::Clear(clear)) => format!("clear {}", clear.expose()),
            None => "none".to_owned(),
        };
        let (device, notices) = (if line.device { "device" } else { "person" }, line.notice_address.as_deref());
        format!(
            "{}|{}|{}|{device}|{}|{password}",
            line.login,
            line.aliases.join("+"),
            line.name,
            notices.unwrap_or("-")
        )
    }

    #[test]
    fn a_passwd_file_is_read_as_dovecot_reads_it() {
        let lines = [
            "# people",
            "",
            "ada@example.org:{SSHA}abc=:1000:1000:Ada Lovelace,Room 1:/srv/mail/ada::userdb_quota_rule=*:storage=1G",
            "bob:$2y$05$abc::::::",
            "carol:",
            "dan::",
            "nobody",
        ];
        let expected = [
            "-",
            "-",
            "ada@example.org||Ada Lovelace|person|-|hash {SSHA}abc=",
            "bob|||person|-|hash $2y$05$abc",
            "carol|||person|-|none",
            "dan|||person|-|none",
            "wrong: there is no ':' behind the user; is this a passwd-file?",
        ];
        assert_eq!(read(None, "users", &lines), expected);
    }

    #[test]
    fn an_htpasswd_file_has_a_user_and_a_hash() {
        let lines = ["ada:{SHA}abc=", "bob:$2y$05$abc ", "#x:y", "nobody"];
        let expected = [
            "ada|||person|-|hash {SHA}abc=",
            "bob|||person|-|hash $2y$05$abc",
            "-",
            "wrong: there is no ':' behind the user; is this an htpasswd file?",
        ];
        assert_eq!(read(None, ".htpasswd", &lines), expected);
        assert_eq!(read(None, "-", &lines), expected);
    }

    #[test]
    fn columns_go_by_their_names() {
        let lines = [
            "Hash,LOGIN, name ,aliases,notice_address,kind,password",
            "$6$a,ada,\"Lovelace, \"\"Ada\"\"\",countess; a.lovelace,ada@home.example,,",
            "",
            ",bob,,,,,pass word",
            ",printer,,,,device,",
            "x,carol,,,,,y",
            ",dan,,,,robot,",
            ",eve",
            ",eve,\"E\nve",
            ",,,,,,",
            "#1,fay,,,,,",
        ];
        let expected = [
            "-",
            "ada|countess+a.lovelace|Lovelace, \"Ada\"|person|ada@home.example|hash $6$a",
            "-",
            "bob|||person|-|clear pass word",
            "printer|||device|-|none",
            "wrong: there are a hash and a password; leave one of them out",
            "wrong: the kind is neither 'person' nor 'device'; correct it",
            "wrong: the line has 2 fields, and the first line has 7; a field with a comma in it stands in double quotes",
            "wrong: a double quote is open at the end of the line; close it, and leave no line break within a field",
            "|||person|-|none",
            "fay|||person|-|hash #1",
        ];
        assert_eq!(read(None, "people.csv", &lines), expected);
    }

    #[test]
    fn a_file_without_names_of_columns_is_not_read() {
        for (first, why) in [
            ("ada,bob", "a column has a name that is not known"),
            ("name,hash", "there is no column 'login'"),
            ("login,login", "two columns have the same name"),
        ] {
            let failed = read(Some(Format::Csv), "-", &[first]).remove(0);
            assert!(failed.contains(why), "{failed}");
        }
        assert_eq!(read(None, "-", &["login,name", "ada,Ada"]), ["-", "ada||Ada|person|-|none"]);
    }
}
