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
        let body = Bytes::from(commands(&names).to_string());
        let (status, answer) = self.url.post(&self.authorities, headers, body).await?;
        if status != StatusCode::OK {
            return Err(SignOutTrouble::Status(status.as_u16()));
        }
        let closed = closed(&answer).ok_or(SignOutTrouble::Garbled)?;
        if unfit.is_empty() { Ok(SignOutOutcome::Closed(closed)) } else { Err(SignOutTrouble::UnfitLogin) }
    }
}

/// For each name: how many connections there are, and then the kick, which does not say it.
fn commands(names: &[&str]) -> Value {
    let flush = json!(["authCacheFlush", { "user": names }, "flush"]);
    let kicks = names
        .iter()
        .flat_map(|name| [json!(["who", { "mask": [name] }, "who"]), json!(["kick", { "mask": [name] }, "kick"])]);
    std::iter::once(flush).chain(kicks).collect()
}

/// How many connections were closed; none if something was not done.
fn closed(answer: &[u8]) -> Option<usize> {
    let answers: Vec<(String, Value, String)> = serde_json::from_slice(answer).ok()?;
    let mut closed: usize = 0;
    let (mut kicks, mut flushes) = (0_usize, 0_usize);
    for (kind, value, tag) in &answers {
        let is_done = match (&**kind, &**tag) {
            ("doveadmResponse", _) => true,
            ("error", "kick" | "who") => value["exitCode"].as_i64() == Some(NOBODY),
            _ => false,
        };
        if !is_done {
            return None;
        }
        match &**tag {
            "who" => {
                let lines = value.as_array().into_iter().flatten();
                let counts = lines.filter_map(|line| line["connections"].as_str()?.parse::<usize>().ok());
                closed = counts.fold(closed, usize::saturating_add);
            }
            "kick" => kicks += 1,
            "flush" => flushes += 1,
            _ => {}
        }
    }
    (kicks > 0 || flushes > 0).then_some(closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_to_forget_and_to_kick_each_name() {
        assert_eq!(
            commands(&["ada@example.org", "countess"]).to_string(),
            r#"[["authCacheFlush",{"user":["ada@example.org","countess"]},"flush"],["who",{"mask":["ada@example.org"]},"who"],["kick",{"mask":["ada@example.org"]},"kick"],["who",{"mask":["countess"]},"who"],["kick",{"mask":["countess"]},"kick"]]"#
        );
    }

    /// What Dovecot 2.3.19 answers.
    #[test]
    fn nobody_to_kick_is_no_trouble_and_what_was_not_done_is() {
        let flushed = r#"["doveadmResponse",[{"entries":"0"}],"flush"]"#;
        let who = r#"["doveadmResponse",[{"username":"ada@example.org","connections":"2","service":"imap","pids":"(1 2)","ips":"(127.0.0.1)"},{"username":"ada@example.org","connections":"1","service":"pop3","pids":"(3)","ips":"(127.0.0.1)"}],"who"]"#;
        let kicked = r#"["doveadmResponse",[{"result":"ada@example.org"}],"kick"]"#;
        let nobody = r#"["doveadmResponse",[],"who"],["error",{"type":"exitCode", "exitCode":68},"kick"]"#;
        for (answer, expected) in [
            (format!("[{flushed},{who},{kicked}]"), Some(3)),
            (format!("[{flushed},{nobody}]"), Some(0)),
            (format!("[{flushed},{who},{kicked},{nobody}]"), Some(3)),
            (format!(r#"[{flushed},["error",{{"type":"exitCode","exitCode":75}},"kick"]]"#), None),
            (r#"[["error",{"type":"exitCode","exitCode":68},"flush"]]"#.to_owned(), None),
            (r#"[["error",{"type":"unknownMethod", "exitCode":0},"kick"]]"#.to_owned(), None),
            ("[]".to_owned(), None),
            ("nonsense".to_owned(), None),
        ] {
            assert_eq!(closed(answer.as_bytes()), expected, "{answer}");
        }
    }
}
