//! What nginx's mail proxy asks (`ngx_mail_auth_http_module`): whether somebody may sign in, and to which server they go.
//! Every answer has status 200; what it says stands in its headers, and its text is shown to the app.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq as _;
use valetkey_domain::{LoginName, Service};
use valetkey_wire::sasl;
use valetkey_wire::sasl::SecretKind;
use zeroize::Zeroizing;

use super::{Answer, Connector, Decided, Peer, Said, header, status};
use crate::desk::Question;

/// How long nginx waits before it says that a sign-in was refused, beyond what is waited here.
const WAIT_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// The servers behind an nginx.
#[derive(Default)]
pub struct NginxMail {
    /// For IMAP.
    pub imap: Option<SocketAddr>,
    /// For POP3.
    pub pop3: Option<SocketAddr>,
    /// For submission.
    pub smtp: Option<SocketAddr>,
    /// Who signs in there for everybody, over IMAP and POP3. Without it, nginx hands on what the app sent.
    pub master: Option<Behind>,
    /// What nginx must send as `X-Auth-Key`. With a master user the answer has that user's secret in it, so it is for nobody
    /// else who may ask.
    pub key: Option<Zeroizing<Vec<u8>>>,
}

/// A master user of the servers behind.
pub struct Behind {
    /// Its name.
    pub user: String,
    /// Its secret, which must be a line of text.
    pub secret: Zeroizing<String>,
    /// What stands between a login name and the master user's.
    pub separator: char,
}

impl NginxMail {
    fn upstream(&self, service: Service) -> Option<SocketAddr> {
        match service {
            Service::Imap => self.imap,
            Service::Pop3 => self.pop3,
            Service::Submission => self.smtp,
            _ => None,
        }
    }
}

impl Connector {
    pub(super) async fn nginx_mail(&self, request: &Request<Incoming>, peer: Peer) -> Answer {
        let headers = request.headers();
        let is_nginx = match &self.nginx_mail.key {
            Some(key) => headers.get("x-auth-key").is_some_and(|said| bool::from(said.as_bytes().ct_eq(key))),
            None => self.callers.may_ask(headers),
        };
        if !is_nginx {
            return status(StatusCode::FORBIDDEN);
        }
        let protocol = header(headers, "auth-protocol").unwrap_or_default();
        let Some((service, upstream)) = protocol.parse().ok().and_then(|s| Some((s, self.nginx_mail.upstream(s)?)))
        else {
            tracing::warn!(
                protocol,
                "nginx asked for a mail protocol for which there is no server behind: set it in [http.nginx_mail]"
            );
            return broken(protocol);
        };
        // Whoever has not signed in is none of ours, and what hides a password cannot be looked up.
        if header(headers, "auth-method") != Some("plain") {
            return refused(service, "Please sign in with a password");
        }
        let (Ok(login), Ok(secret)) = (decoded(headers, "auth-user"), decoded(headers, "auth-pass")) else {
            return refused(service, "The user name or password cannot be read");
        };
        let Ok(login) = sasl::identity(&login) else { return refused(service, "The user name cannot be read") };
        let question = Question {
            login: &login,
            acting_for: None,
            kind: SecretKind::Password,
            secret: &secret,
            only_canonical: false,
            service: service.name(),
            network: self.client(peer, header(headers, "client-ip")),
            tls: header(headers, "auth-ssl") == Some("on"),
            client: None,
        };
        match self.decided(&question).await {
            Decided::Accepted(login) => self.goes_to(service, upstream, &login),
            Decided::Refused(Said::UseAppPassword) => refused(service, &self.advice),
            Decided::Refused(_) => refused(service, "The user name or password is wrong"),
            Decided::Broken => broken(protocol),
        }
    }

    fn goes_to(&self, service: Service, upstream: SocketAddr, login: &LoginName) -> Answer {
        let mut said =
            vec![("auth-server", upstream.ip().to_string().into()), ("auth-port", upstream.port().to_string().into())];
        match &self.nginx_mail.master {
            Some(Behind { user, secret, separator }) if service != Service::Submission => {
                said.push(("auth-user", Zeroizing::new(format!("{login}{separator}{user}"))));
                said.push(("auth-pass", secret.clone()));
            }
            _ => said.push(("auth-user", login.to_string().into())),
        }
        let mut answer = says("OK");
        for (name, value) in said {
            // Without one of them nginx would try something else, and call the password wrong.
            let Ok(mut value) = HeaderValue::from_bytes(value.as_bytes()) else { return broken(protocol_of(service)) };
            value.set_sensitive(name == "auth-pass");
            answer.headers_mut().insert(name, value);
        }
        answer
    }
}

/// What nginx calls it.
fn protocol_of(service: Service) -> &'static str {
    match service {
        Service::Imap => "imap",
        Service::Pop3 => "pop3",
        _ => "smtp",
    }
}

/// What nginx has put into a header: it encodes spaces, percent signs and control characters.
fn decoded(headers: &HeaderMap, name: &str) -> Result<Zeroizing<Vec<u8>>, sasl::SaslError> {
    let text = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|_| sasl::SaslError::Malformed)?;
    sasl::secret_of(&Zeroizing::new(percent_decode_str(text).collect::<Vec<u8>>()))
}

fn says(text: &str) -> Answer {
    let mut answer = status(StatusCode::OK);
    let value = HeaderValue::from_bytes(text.as_bytes()).unwrap_or(HeaderValue::from_static("Refused"));
    answer.headers_mut().insert("auth-status", value);
    answer
}

/// With the code by which each protocol says that it is the password (RFC 5530, RFC 3206, RFC 4954).
fn refused(service: Service, text: &str) -> Answer {
    let mut answer = match service {
        Service::Imap => says(&format!("[AUTHENTICATIONFAILED] {text}")),
        Service::Pop3 => says(&format!("[AUTH] {text}")),
        _ => says(text),
    };
    let headers = answer.headers_mut();
    headers.insert("auth-wait", WAIT_SECONDS);
    headers.insert("auth-error-code", HeaderValue::from_static("535 5.7.8"));
    answer
}

/// With the code by which each protocol says that it is not.
fn broken(protocol: &str) -> Answer {
    const TEXT: &str = "Signing in is not possible at the moment, please try again later";
    let mut answer = match protocol {
        "imap" => says(&format!("[UNAVAILABLE] {TEXT}")),
        "pop3" => says(&format!("[SYS/TEMP] {TEXT}")),
        _ => says(TEXT),
    };
    answer.headers_mut().insert("auth-error-code", HeaderValue::from_static("454 4.7.0"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nginx_encodes_is_decoded() {
        let read = |text: &'static [u8]| {
            let map = HeaderMap::from_iter([(
                "auth-pass".parse().expect("a name"),
                HeaderValue::from_bytes(text).expect("a value"),
            )]);
            decoded(&map, "auth-pass").map(|secret| secret.to_vec())
        };
        assert_eq!(read(b"a%20b%25c%0d"), Ok(b"a b%c\r".to_vec()));
        assert_eq!(read(b"%00"), Err(sasl::SaslError::Malformed));
        assert_eq!(read("\u{e4}".as_bytes()), Ok("\u{e4}".as_bytes().to_vec()));
        assert_eq!(read(b"\xff"), Err(sasl::SaslError::Malformed));
        assert_eq!(decoded(&HeaderMap::new(), "auth-pass").map(|secret| secret.to_vec()), Ok(Vec::new()));
    }
}
