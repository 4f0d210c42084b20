//! Servers that ask: what one question costs, by each protocol.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::{Args, ValueEnum};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, LocalSet};

use crate::measure::{Runs, now, process_time};
use crate::people::Login;
use crate::server::{Server, ServerOptions};
use crate::upstream;

/// How a server asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Way {
    /// LDAP binds on connections that are kept
    LdapBind,
    /// LDAP: connect, bind, unbind
    LdapSession,
    /// Dovecot's authentication socket
    Dovecot,
    /// saslauthd's socket: a connection for each question
    Saslauthd,
    /// HTTP Basic on connections that are kept
    Http,
}

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    server: ServerOptions,
    /// How it is asked
    #[arg(value_enum)]
    way: Way,
    /// Connections at once
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Questions that are asked at a time on each connection
    #[arg(long, default_value_t = 1)]
    pipelined: usize,
    /// Questions in each run
    #[arg(long, default_value_t = 200_000)]
    count: usize,
    /// Runs
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// Where to ask.
#[derive(Clone)]
struct Doors {
    ldap: SocketAddr,
    http: SocketAddr,
    dovecot: PathBuf,
    saslauthd: PathBuf,
}

pub(crate) fn run(options: &Options) {
    let server = Server::start(&options.server, upstream::start(0));
    let doors =
        Doors { ldap: server.ldap, http: server.http, dovecot: server.file("auth"), saslauthd: server.file("mux") };
    println!(
        "{:?}, {} connections, {} at a time: median (least to most) of {} runs of {}",
        options.way, options.connections, options.pipelined, options.runs, options.count
    );
    let runtime = Runtime::new().expect("a runtime");
    let (mut costs, mut rates) = (Runs(Vec::new()), Runs(Vec::new()));
    // One more at the beginning, which is not counted: everybody is remembered after it.
    for run in 0..=options.runs {
        let (cpu, time) = (process_time(server.pid()), now());
        LocalSet::new().block_on(&runtime, ask_all(options, &doors, &server.people));
        let (cpu, time) = (process_time(server.pid()) - cpu, now() - time);
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let count = options.count as f64;
        if run > 0 {
            costs.0.push(cpu * 1e6 / count);
            rates.0.push(count / time);
        }
    }
    println!("  {costs} µs of CPU each, {rates} a second");
}

async fn ask_all(options: &Options, doors: &Doors, people: &[Login]) {
    let (left, next) = (Rc::new(Cell::new(options.count)), Rc::new(Cell::new(0)));
    let people: Rc<[Login]> = people.into();
    let mut connections = JoinSet::new();
    for _ in 0..options.connections {
        let (left, next, people, doors) = (Rc::clone(&left), Rc::clone(&next), Rc::clone(&people), doors.clone());
        let (way, pipelined) = (options.way, options.pipelined);
        let take = move || {
            let some = left.get().min(pipelined);
            left.set(left.get() - some);
            let from = next.get();
            next.set(from + some);
            (0..some).map(|i| people[(from + i) % people.len()].clone()).collect::<Vec<_>>()
        };
        connections.spawn_local(async move { ask(way, &doors, take).await.expect("every question is answered") });
    }
    while let Some(ended) = connections.join_next().await {
        ended.expect("a connection that went well");
    }
}

/// Asks about people until there are no more to be asked about.
async fn ask(way: Way, doors: &Doors, take: impl Fn() -> Vec<Login>) -> io::Result<()> {
    match way {
        Way::LdapBind => kept(TcpStream::connect(doors.ldap).await?, take, ldap_bind, ldap_answers).await,
        Way::Http => kept(TcpStream::connect(doors.http).await?, take, http, http_answers).await,
        Way::Dovecot => {
            let mut stream = UnixStream::connect(&doors.dovecot).await?;
            stream.write_all(b"VERSION\t1\t1\nCPID\t1\n").await?;
            let mut greeting = Vec::new();
            while !greeting.ends_with(b"DONE\n") {
                stream.read_buf(&mut greeting).await?;
            }
            kept(stream, take, dovecot, lines_of_ok).await
        }
        Way::LdapSession => loop {
            let some = take();
            let Some(one) = some.first() else { return Ok(()) };
            let mut stream = TcpStream::connect(doors.ldap).await?;
            let mut sent = Vec::new();
            ldap_bind(one, 1, &mut sent);
            stream.write_all(&sent).await?;
            let mut heard = Vec::new();
            while ldap_answers(&heard) < 1 {
                stream.read_buf(&mut heard).await?;
            }
            stream.write_all(b"\x30\x05\x02\x01\x02\x42\x00").await?;
        },
        Way::Saslauthd => loop {
            let some = take();
            let Some(one) = some.first() else { return Ok(()) };
            let mut stream = UnixStream::connect(&doors.saslauthd).await?;
            let mut sent = Vec::new();
            for field in [one.name.as_bytes(), one.secret.as_bytes(), b"imap", b""] {
                sent.extend_from_slice(&u16::try_from(field.len()).expect("a short field").to_be_bytes());
                sent.extend_from_slice(field);
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
    write: fn(&Login, usize, &mut Vec<u8>),
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
    let mut message = vec![2, 5, 0];
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

fn http_answers(heard: &[u8]) -> usize {
    let ends = heard.windows(4).filter(|part| *part == b"\r\n\r\n").count();
    let accepted = heard.windows(12).filter(|part| *part == b"HTTP/1.1 200").count();
    assert!(accepted >= ends, "all are accepted");
    ends
}
