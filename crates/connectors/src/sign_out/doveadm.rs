//! Dovecot, by the HTTP API of doveadm, as 2.3.19 has it: what it has cached of the person is forgotten, and their
//! connections are closed.
//!
//! The cache goes first: an app that comes back at once must be asked about. Kicking is by person: Dovecot 2.3 does not know
//! by which app password somebody came, so their other apps go too, and sign in again by themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};
use valetkey_accounts::{SignOut, SignOutOutcome, SignOutTrouble};
use zeroize::Zeroizing;

use super::authorities::Authorities;
use super::request::Url;

/// What doveadm says when there is nobody to kick: `EX_NOUSER` of sysexits.
const NOBODY: i64 = 68;

/// A Dovecot.
pub struct Doveadm {
    /// `http://127.0.0.1:8080/doveadm/v1`.
    pub url: Url,
    /// Who may sign its certificate.
    pub authorities: Authorities,
    /// What it has as `doveadm_api_key`.
    pub api_key: Zeroizing<Vec<u8>>,
    /// Whether it may remember passwords, and is to forget them. The doveadm of Dovecot 2.4.1 ends when it is told to.
    pub has_cache: bool,
}

impl Doveadm {
    /// Says how many connections were closed.
    pub(super) async fn tell(&self, one: &SignOut) -> Result<SignOutOutcome, SignOutTrouble> {
        // To Dovecot a question mark is any letter: with such a name, others would be kicked.
        let (names, unfit): (Vec<&str>, Vec<&str>) =
            one.logins.iter().map(|login| login.as_str()).partition(|name| !name.contains(['?', '*']));
        let authorization =
            Zeroizing::new(format!("X-Dovecot-API {}", *Zeroizing::new(STANDARD.encode(&*self.api_key))));
        let mut authorization = HeaderValue::from_str(&authorization).map_err(|_| SignOutTrouble::Garbled)?;
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization)]);
        let body = Bytes::from(commands(&names, self.has_cache).to_string());
        let (status, answer) = self.url.post(&self.authorities, headers, body).await?;
        if status != StatusCode::OK {
            return Err(SignOutTrouble::Status(status.as_u16()));
        }
        let closed = closed(&answer, names.len(), self.has_cache).ok_or(SignOutTrouble::Garbled)?;
        if unfit.is_empty() { Ok(SignOutOutcome::Closed(closed)) } else { Err(SignOutTrouble::UnfitLogin) }
    }
}

/// For each name: how many connections there are, and then the kick, which does not say it.
fn commands(names: &[&str], has_cache: bool) -> Value {
    let flush = has_cache.then(|| json!(["authCacheFlush", { "user": names }, "flush"]));
    let kicks = names
        .iter()
        .flat_map(|name| [json!(["who", { "mask": [name] }, "who"]), json!(["kick", { "mask": [name] }, "kick"])]);
    flush.into_iter().chain(kicks).collect()
}

/// How many connections were closed; none if something was not done, or not answered, of what is asked for so many names.
fn closed(answer: &[u8], names: usize, has_cache: bool) -> Option<usize> {
    let answers: Vec<(String, Value, String)> = serde_json::from_slice(answer).ok()?;
    let mut closed: usize = 0;
    let answered = |asked: &str| answers.iter().filter(|(_, _, tag)| tag == asked).count();
    if [answered("flush"), answered("who"), answered("kick")] != [usize::from(has_cache), names, names] {
        return None;
    }
    for (kind, value, tag) in &answers {
        let is_done = match (&**kind, &**tag) {
            ("doveadmResponse", _) => true,
            ("error", "kick" | "who") => value["exitCode"].as_i64() == Some(NOBODY),
            _ => false,
        };
        if !is_done {
            return None;
        }
        if tag == "who" {
            let lines = value.as_array().into_iter().flatten();
            let counts = lines.filter_map(|line| line["connections"].as_str()?.parse::<usize>().ok());
            closed = counts.fold(closed, usize::saturating_add);
        }
    }
    Some(closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_to_forget_and_to_kick_each_name() {
        assert_eq!(
            commands(&["ada@example.org", "countess"], true).to_string(),
            r#"[["authCacheFlush",{"user":["ada@example.org","countess"]},"flush"],["who",{"mask":["ada@example.org"]},"who"],["kick",{"mask":["ada@example.org"]},"kick"],["who",{"mask":["countess"]},"who"],["kick",{"mask":["countess"]},"kick"]]"#
        );
        let without = commands(&["ada@example.org"], false).to_string();
        assert_eq!(
            without,
            r#"[["who",{"mask":["ada@example.org"]},"who"],["kick",{"mask":["ada@example.org"]},"kick"]]"#
        );
    }

    /// What Dovecot 2.4.1 answers, which can kick, and must not be told to forget.
    #[test]
    fn one_without_a_cache_is_asked_to_kick_alone() {
        let who = r#"["doveadmResponse",[{"username":"ada@example.org","connections":"2","service":"imap","pids":"(1 2)","ips":"(127.0.0.1)"}],"who"]"#;
        let kicked = r#"["doveadmResponse",[{"count":"2"}],"kick"]"#;
        let nobody = r#"["doveadmResponse",[],"who"],["doveadmResponse",[{"count":"0"}],"kick"]"#;
        assert_eq!(closed(format!("[{who},{kicked}]").as_bytes(), 1, false), Some(2));
        assert_eq!(closed(format!("[{nobody}]").as_bytes(), 1, false), Some(0));
        assert_eq!(closed(format!("[{who}]").as_bytes(), 1, false), None);
        assert_eq!(closed(format!("[{who},{kicked}]").as_bytes(), 1, true), None, "it has not forgotten");
    }

    /// What Dovecot 2.3.19 answers.
    #[test]
    fn nobody_to_kick_is_no_trouble_and_what_was_not_done_is() {
        let flushed = r#"["doveadmResponse",[{"entries":"0"}],"flush"]"#;
        let who = r#"["doveadmResponse",[{"username":"ada@example.org","connections":"2","service":"imap","pids":"(1 2)","ips":"(127.0.0.1)"},{"username":"ada@example.org","connections":"1","service":"pop3","pids":"(3)","ips":"(127.0.0.1)"}],"who"]"#;
        let kicked = r#"["doveadmResponse",[{"result":"ada@example.org"}],"kick"]"#;
        let nobody = r#"["doveadmResponse",[],"who"],["error",{"type":"exitCode", "exitCode":68},"kick"]"#;
        for (names, answer, expected) in [
            (1, format!("[{flushed},{who},{kicked}]"), Some(3)),
            (1, format!("[{flushed},{nobody}]"), Some(0)),
            (2, format!("[{flushed},{who},{kicked},{nobody}]"), Some(3)),
            (0, format!("[{flushed}]"), Some(0)),
            (1, format!(r#"[{flushed},{who},["error",{{"type":"exitCode","exitCode":75}},"kick"]]"#), None),
            (1, format!(r#"[["error",{{"type":"exitCode","exitCode":68}},"flush"],{who},{kicked}]"#), None),
            (1, format!(r#"[{flushed},{who},["error",{{"type":"unknownMethod", "exitCode":0}},"kick"]]"#), None),
            (1, "nonsense".to_owned(), None),
        ] {
            assert_eq!(closed(answer.as_bytes(), names, true), expected, "{answer}");
        }
        for partial in [String::new(), flushed.to_owned(), format!("{flushed},{who}"), format!("{who},{kicked}")] {
            assert_eq!(closed(format!("[{partial}]").as_bytes(), 1, true), None, "{partial}");
        }
        let one_of_two = format!("[{flushed},{who},{kicked}]");
        assert_eq!(closed(one_of_two.as_bytes(), 2, true), None, "nobody has kicked the other");
    }
}
