//! Servers that ask, as small as can be: each puts its question, in its own words.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Smoke, text_of};
use crate::tryout::{LDAP_BASE, NGINX_KEY};

/// The login name that was told, or none for a no. What is neither is an error.
pub(super) type Answer = Result<Option<String>, String>;

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that asks.
pub(super) struct Asker {
    pub(super) what: &'static str,
    ask: fn(&Smoke<'_>, &str, &str) -> Answer,
}

/// One for each way.
pub(super) const ASKERS: [Asker; 5] = [
    Asker { what: "ask at Dovecot's authentication socket, as Postfix does", ask: postfix },
    Asker { what: "ask at saslauthd's socket, as Cyrus does", ask: cyrus },
    Asker { what: "ask by LDAP: a bind, and who that is", ask: ldap },
    Asker { what: "ask as nginx's mail proxy does", ask: nginx_mail },
    Asker { what: "ask by the password grant, as Dovecot does", ask: grant },
];

impl Asker {
    pub(super) fn ask(&self, smoke: &Smoke<'_>, login: &str, secret: &str) -> Answer {
        (self.ask)(smoke, login, secret)
    }
}

fn postfix(smoke: &Smoke<'_>, login: &str, secret: &str) -> Answer {
    let stream = socket(smoke, "dovecot_auth").map_err(|e| e.to_string())?;
    let response = STANDARD.encode(format!("\0{login}\0{secret}"));
    write!(&stream, "VERSION\t1\t2\nCPID\t1\nAUTH\t1\tPLAIN\tservice=smtp\tsecured\tresp={response}\n")
        .map_err(|e| e.to_string())?;
    for line in BufReader::new(stream).lines() {
        let line = line.map_err(|e| e.to_string())?;
        let mut words = line.split('\t');
        match words.next() {
            Some("OK") => return Ok(words.find_map(|word| word.strip_prefix("user=")).map(str::to_owned)),
            Some("FAIL") => return Ok(None),
            _ => {}
        }
    }
    Err("it was closed without an answer".into())
}

fn cyrus(smoke: &Smoke<'_>, login: &str, secret: &str) -> Answer {
    let mut stream = socket(smoke, "saslauthd").map_err(|e| e.to_string())?;
    let mut question = Vec::new();
    for word in [login, secret, "imap", ""] {
        question.extend(u16::try_from(word.len()).map_err(|e| e.to_string())?.to_be_bytes());
        question.extend(word.as_bytes());
    }
    let mut answer = Vec::new();
    stream.write_all(&question).and_then(|()| stream.read_to_end(&mut answer)).map_err(|e| e.to_string())?;
    match answer.get(2..4) {
        Some(b"OK") => Ok(Some(login.to_owned())),
        Some(b"NO") => Ok(None),
        _ => Err("it was closed without an answer".into()),
    }
}

fn ldap(smoke: &Smoke<'_>, login: &str, secret: &str) -> Answer {
    let address = smoke.tryout.endpoint("ldap").unwrap_or_default();
    let mut stream = TcpStream::connect(address).map_err(|e| e.to_string())?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
    let name = format!("uid={login},ou=people,{LDAP_BASE}");
    let bind = [tlv(2, &[3]), tlv(4, name.as_bytes()), tlv(0x80, secret.as_bytes())].concat();
    let answer = exchange(&mut stream, 1, &tlv(0x60, &bind)).map_err(|e| e.to_string())?;
    // RFC 4511: the number of the message, BindResponse, and in it the result's code.
    match answer.get(3..8) {
        Some([0x61, _, 0x0a, 1, 0]) => {}
        Some([0x61, _, 0x0a, 1, 49]) => return Ok(None),
        _ => return Err(format!("the bind is answered with {answer:02x?}")),
    }
    let who = tlv(0x77, &tlv(0x80, b"1.3.6.1.4.1.4203.1.11.3"));
    let answer = exchange(&mut stream, 2, &who).map_err(|e| e.to_string())?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Ok(text_of(&answer, "dn:uid=", ",ou=people,"))
}

fn nginx_mail(smoke: &Smoke<'_>, login: &str, secret: &str) -> Answer {
    let key = std::fs::read_to_string(smoke.tryout.directory.path(NGINX_KEY)).map_err(|e| e.to_string())?;
    let headers = [
        format!("X-Auth-Key: {key}"),
        format!("Auth-User: {login}"),
        format!("Auth-Pass: {secret}"),
        "Auth-Method: plain".into(),
        "Auth-Protocol: smtp".into(),
    ];
    let mut arguments = vec!["--include", smoke.tryout.endpoint("nginx_mail").unwrap_or_default()];
    arguments.extend(headers.iter().flat_map(|header| ["--header", header]));
    let (said, complained, _) = smoke.curl(&arguments)?;
    let header = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    match header("auth-status: ") {
        Some("OK") => Ok(header("auth-user: ").map(str::to_owned)),
        // 535 is a no; anything else is nothing that is known.
        Some(_) if header("auth-error-code: ").is_some_and(|code| code.starts_with("535")) => Ok(None),
        _ => Err(format!("{complained}{said}")),
    }
}

fn grant(smoke: &Smoke<'_>, login: &str, secret: &str) -> Answer {
    let (name, word) = (format!("username={login}"), format!("password={secret}"));
    let url = format!("{}/imap", smoke.tryout.endpoint("token").unwrap_or_default());
    let (said, complained, _) = smoke.curl(&["-d", "grant_type=password", "-d", &name, "-d", &word, &url])?;
    if said.contains("\"invalid_grant\"") {
        return Ok(None);
    }
    text_of(&said, "\"login\":\"", "\"").map(Some).ok_or_else(|| format!("{complained}{said}"))
}

fn socket(smoke: &Smoke<'_>, endpoint: &str) -> std::io::Result<UnixStream> {
    let stream = UnixStream::connect(smoke.tryout.endpoint(endpoint).unwrap_or_default())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends a message of LDAP, and gives what the answer has in it.
fn exchange(stream: &mut TcpStream, number: u8, operation: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(&tlv(0x30, &[tlv(2, &[number]), operation.to_vec()].concat()))?;
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    let length = if head[1] == 0x81 {
        let mut length = [0];
        stream.read_exact(&mut length)?;
        length[0]
    } else {
        head[1]
    };
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// As BER writes what is shorter than 256 bytes.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).expect("what is asked here is short");
    let head = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
    [&head[..], value].concat()
}
