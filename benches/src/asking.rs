//! What servers ask, each in its protocol, and whether the answer says yes.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::{JoinSet, LocalSet};

use crate::measure::runtime;
use crate::people::Login;
use crate::ration::{Ration, whose_turn};
use crate::tokens::{CLIENT, REDIRECT, VERIFIER};

/// Whom to ask, and how.
#[derive(Clone)]
pub(crate) enum Door {
    /// LDAP binds on connections that are kept
    LdapBind(SocketAddr),
    /// LDAP: connect, bind, unbind
    LdapSession(SocketAddr),
    /// Dovecot's authentication socket
    Dovecot(PathBuf),
    /// saslauthd's socket: a connection for each question
    Saslauthd(PathBuf),
    /// HTTP Basic on connections that are kept
    Http(SocketAddr),
    /// Dovecot's authentication socket, with tokens
    DovecotToken(PathBuf),
    /// HTTP Bearer on connections that are kept
    HttpToken(SocketAddr),
    /// Tokens for codes, on connections that are kept
    Code(SocketAddr),
    /// Tokens for refresh tokens, on connections that are kept
    Refresh(SocketAddr),
    /// Whose a token is, with the id and the secret of who asks, on connections that are kept
    Introspect(SocketAddr, &'static str, &'static str),
}

/// How many ask at once.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Connections at once
    pub(crate) connections: usize,
    /// Questions that are asked at a time on each connection
    pub(crate) pipelined: usize,
}

/// Asks about people until the ration is used up. Every answer must be a yes.
pub(crate) fn ask_all(door: &Door, load: Load, people: &Arc<[Login]>, ration: &Rc<Ration>) {
    LocalSet::new().block_on(&runtime(), async {
        let mut connections = JoinSet::new();
        for number in 1..=load.connections {
            let (people, ration, door) = (Arc::clone(people), Rc::clone(ration), door.clone());
            let take = move || {
                let numbers = ration.take(load.pipelined);
                numbers.map(|n| people[whose_turn(n, people.len())].clone()).collect::<Vec<_>>()
            };
            connections.spawn_local(async move { ask(&door, number, take).await });
        }
        while let Some(ended) = connections.join_next().await {
            ended.expect("no answer is a no").expect("every question is answered");
        }
    });
}

/// Asks about people until there are no more to be asked about.
async fn ask(door: &Door, connection: usize, take: impl Fn() -> Vec<Login>) -> io::Result<()> {
    match door {
        Door::LdapBind(address) => kept(TcpStream::connect(address).await?, take, ldap_bind, ldap_answers).await,
        Door::Http(address) => kept(TcpStream::connect(address).await?, take, http, http_answers).await,
        Door::HttpToken(address) => kept(TcpStream::connect(address).await?, take, bearer, http_answers).await,
        Door::Code(address) => kept(TcpStream::connect(address).await?, take, code, tokens_given).await,
        Door::Refresh(address) => kept(TcpStream::connect(address).await?, take, refresh, tokens_given).await,
        Door::Introspect(address, id, secret) => {
            let write = |one: &Login, _: usize, out: &mut Vec<u8>| introspect(one, id, secret, out);
            kept(TcpStream::connect(address).await?, take, write, found_active).await
        }
        Door::Dovecot(path) | Door::DovecotToken(path) => {
            let mut stream = UnixStream::connect(path).await?;
            // Dovecot wants another number from each connection.
            stream.write_all(format!("VERSION\t1\t1\nCPID\t{connection}\n").as_bytes()).await?;
            let mut greeting = Vec::new();
            while !greeting.ends_with(b"DONE\n") {
                if stream.read_buf(&mut greeting).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            let write = if matches!(door, Door::Dovecot(_)) { dovecot } else { dovecot_with_token };
            kept(stream, take, write, lines_of_ok).await
        }
        Door::LdapSession(address) => loop {
            let some = take();
            let Some(one) = some.first() else { return Ok(()) };
            let mut stream = TcpStream::connect(address).await?;
            let mut sent = Vec::new();
            ldap_bind(one, 1, &mut sent);
            stream.write_all(&sent).await?;
            let mut heard = Vec::new();
            while ldap_answers(&heard) < 1 {
                stream.read_buf(&mut heard).await?;
            }
            stream.write_all(b"\x30\x05\x02\x01\x02\x42\x00").await?;
        },
        Door::Saslauthd(path) => loop {
            let some = take();
            let Some(one) = some.first() else { return Ok(()) };
            let mut stream = UnixStream::connect(path).await?;
            let mut sent = Vec::new();
            let (name, realm) = one.name.split_once('@').expect("a name with a domain");
            for field in [name, &one.secret, "imap", realm] {
                sent.extend_from_slice(&u16::try_from(field.len()).expect("a short field").to_be_bytes());
                sent.extend_from_slice(field.as_bytes());
            }
            stream.write_all(&sent).await?;
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await?;
            assert_eq!(heard, b"\0\x02OK", "it is accepted");
        },
    }
}

/// On one connection, as many at a time as there are, then their answers.
async fn kept(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    take: impl Fn() -> Vec<Login>,
    write: impl Fn(&Login, usize, &mut Vec<u8>),
    answered: fn(&[u8]) -> usize,
) -> io::Result<()> {
    let (mut sent, mut heard, mut number) = (Vec::new(), Vec::new(), 0);
    loop {
        let some = take();
        if some.is_empty() {
            return Ok(());
        }
        sent.clear();
        heard.clear();
        for one in &some {
            number += 1;
            write(one, number, &mut sent);
        }
        stream.write_all(&sent).await?;
        while answered(&heard) < some.len() {
            if stream.read_buf(&mut heard).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn dovecot(one: &Login, number: usize, out: &mut Vec<u8>) {
    let response = BASE64_STANDARD.encode(format!("\0{}\0{}", one.name, one.secret));
    let line = format!(
        "AUTH\t{number}\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=192.0.2.7\tsecured\tresp={response}\n"
    );
    out.extend_from_slice(line.as_bytes());
}

fn dovecot_with_token(one: &Login, number: usize, out: &mut Vec<u8>) {
    let message = format!("n,a={},\x01auth=Bearer {}\x01\x01", one.name, one.secret);
    let line = format!(
        "AUTH\t{number}\tOAUTHBEARER\tservice=smtp\tnologin\tlip=127.0.0.1\trip=192.0.2.7\tsecured\tresp={}\n",
        BASE64_STANDARD.encode(message)
    );
    out.extend_from_slice(line.as_bytes());
}

fn lines_of_ok(heard: &[u8]) -> usize {
    let lines = heard.split(|byte| *byte == b'\n').count() - 1;
    assert!(heard.split(|byte| *byte == b'\n').take(lines).all(|line| line.starts_with(b"OK\t")), "all are accepted");
    lines
}

/// A simple bind (RFC 4511 section 4.2), all of it shorter than 128 bytes.
fn ldap_bind(one: &Login, number: usize, out: &mut Vec<u8>) {
    let id = u32::try_from(number).expect("a number").to_be_bytes();
    let dn = format!("uid={},ou=people,dc=example,dc=org", one.name);
    let short = |bytes: &[u8]| u8::try_from(bytes.len()).expect("short");
    let mut bind = vec![2, 1, 3, 4, short(dn.as_bytes())];
    bind.extend_from_slice(dn.as_bytes());
    bind.extend_from_slice(&[0x80, short(one.secret.as_bytes())]);
    bind.extend_from_slice(one.secret.as_bytes());
    let mut message = vec![2, 4];
    message.extend_from_slice(&id);
    message.extend_from_slice(&[0x60, short(&bind)]);
    message.extend_from_slice(&bind);
    out.extend_from_slice(&[0x30, short(&message)]);
    out.extend_from_slice(&message);
}

/// Whole messages, each of which must say success.
fn ldap_answers(heard: &[u8]) -> usize {
    let (mut rest, mut count) = (heard, 0);
    while rest.len() > 1 && rest.len() >= 2 + usize::from(rest[1]) {
        let (message, behind) = rest.split_at(2 + usize::from(rest[1]));
        let is_success = message.windows(5).any(|part| part[0] == 0x61 && part[2..5] == [0x0a, 1, 0]);
        assert!(is_success, "it is accepted: {message:?}");
        (rest, count) = (behind, count + 1);
    }
    count
}

fn http(one: &Login, _: usize, out: &mut Vec<u8>) {
    let basic = BASE64_STANDARD.encode(format!("{}:{}", one.name, one.secret));
    let question = format!("GET /forward-auth HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {basic}\r\n\r\n");
    out.extend_from_slice(question.as_bytes());
}

fn bearer(one: &Login, _: usize, out: &mut Vec<u8>) {
    let token = &one.secret;
    let question = format!("GET /forward-auth HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    out.extend_from_slice(question.as_bytes());
}

fn form(path: &str, header: &str, body: &str, out: &mut Vec<u8>) {
    let question = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n{header}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    out.extend_from_slice(question.as_bytes());
}

fn code(one: &Login, _: usize, out: &mut Vec<u8>) {
    let redirect = REDIRECT.replace(':', "%3A").replace('/', "%2F");
    let body = format!(
        "grant_type=authorization_code&client_id={CLIENT}&code={}&redirect_uri={redirect}&code_verifier={VERIFIER}",
        one.secret
    );
    form("/oauth/token", "", &body, out);
}

fn refresh(one: &Login, _: usize, out: &mut Vec<u8>) {
    let body = format!("grant_type=refresh_token&client_id={CLIENT}&refresh_token={}", one.secret);
    form("/oauth/token", "", &body, out);
}

fn introspect(one: &Login, id: &str, secret: &str, out: &mut Vec<u8>) {
    let header = format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("{id}:{secret}")));
    form("/oauth/introspect", &header, &format!("token={}", one.secret), out);
}

fn tokens_given(heard: &[u8]) -> usize {
    answers_with(heard, b"\"refresh_token\":\"")
}

fn found_active(heard: &[u8]) -> usize {
    answers_with(heard, b"\"active\":true")
}

/// Whole answers, each of which must be a success and have a text in it.
fn answers_with(heard: &[u8], text: &[u8]) -> usize {
    let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|found| found == part);
    let (mut rest, mut count) = (heard, 0);
    while let Some(end) = has(rest, b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase();
        let length = head.split_once("content-length: ").map_or("0", |(_, length)| length);
        let length: usize = length.lines().next().unwrap_or_default().trim().parse().expect("a length");
        let Some(body) = rest.get(end + 4..end + 4 + length) else { break };
        assert!(head.starts_with("http/1.1 200") && has(body, text).is_some(), "{}", String::from_utf8_lossy(rest));
        (rest, count) = (&rest[end + 4 + length..], count + 1);
    }
    count
}

fn http_answers(heard: &[u8]) -> usize {
    let ends = heard.windows(4).filter(|part| *part == b"\r\n\r\n").count();
    let accepted = heard.windows(12).filter(|part| *part == b"HTTP/1.1 200").count();
    assert!(accepted >= ends, "all are accepted");
    ends
}
