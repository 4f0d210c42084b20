//! Whether the server behind the gateway takes the master user's word at a door that others reach too.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Finding, Grade};
use crate::config::{Config, SecretFile};

/// How long each word of it may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most of an answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Everybody who may act for others at a server behind, each once: for the gateway and for nginx's mail proxy.
pub(crate) fn masters(config: &Config) -> Vec<(&str, &SecretFile)> {
    let of_fronts = config.fronts().flat_map(|(_, front)| {
        let own = (&front.master_user, &front.master_secret_file);
        let of_routes = front.route.iter().map(move |route| {
            (route.master_user.as_ref().or(own.0.as_ref()), route.master_secret_file.as_ref().or(own.1.as_ref()))
        });
        std::iter::once((own.0.as_ref(), own.1.as_ref())).chain(of_routes)
    });
    let of_nginx = &config.http.nginx_mail;
    let all = of_fronts.chain([(of_nginx.master_user.as_ref(), of_nginx.master_secret_file.as_ref())]);
    let mut masters = Vec::new();
    for master in all.filter_map(|(user, file)| Some((user?.as_str(), file?))) {
        if !masters.contains(&master) {
            masters.push(master);
        }
    }
    masters
}

/// Tries to sign in over IMAP as the master user for somebody who has a mailbox.
pub(crate) fn accepts_master(
    address: SocketAddr,
    login: &str,
    master_user: &str,
    master_secret: &[u8],
) -> io::Result<Option<Finding>> {
    // The secret goes there in clear: to no other machine.
    UdpSocket::bind((address.ip(), 0))
        .map_err(|_| io::Error::other("it is not on this machine, and the secret would go there in clear"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    hear(&mut stream, |line| line.starts_with("* "))?;
    let mut message = Zeroizing::new([login.as_bytes(), &[0], master_user.as_bytes(), &[0]].concat());
    message.extend_from_slice(master_secret);
    stream.write_all(b"a AUTHENTICATE PLAIN\r\n")?;
    let said = hear(&mut stream, |line| line.starts_with('+') || line.starts_with("a "))?;
    if !said.starts_with('+') {
        return Err(unknown(&said));
    }
    let response = Zeroizing::new(format!("{}\r\n", STANDARD.encode(&*message)));
    stream.write_all(response.as_bytes())?;
    let said = hear(&mut stream, |line| line.starts_with("a "))?;
    if ["a NO [AUTHENTICATIONFAILED]", "a NO [AUTHORIZATIONFAILED]"].iter().any(|no| said.starts_with(no)) {
        return Ok(None);
    }
    if !said.starts_with("a OK") {
        return Err(unknown(&said));
    }
    Ok(Some(Finding {
        grade: Grade::Fault,
        place: address.to_string(),
        setting: format!("the master user {master_user}"),
        harm: "whoever learns the master user's secret can read everybody's mail from where this door is reached"
            .into(),
        remedy: "let the master user in from the gateway's own address alone (in Dovecot: allow_real_nets= in its \
                 passwd-file entry, and a listener on loopback for the gateway)"
            .into(),
    }))
}

/// Neither a yes nor a no to the password: one that asks for TLS first, for example, may take it there.
fn unknown(said: &str) -> io::Error {
    let said: String = said.trim_end().chars().filter(|c| !c.is_control()).take(200).collect();
    io::Error::other(format!("it says neither yes nor no to the master user: {said}"))
}

/// Reads lines until one is meant; gives it.
fn hear(stream: &mut TcpStream, is_meant: impl Fn(&str) -> bool) -> io::Result<String> {
    let (mut line, mut byte, mut length) = (Vec::new(), [0], 0);
    while length < ANSWER_BYTES_MAX {
        stream.read_exact(&mut byte)?;
        length += 1;
        if byte[0] != b'\n' {
            line.push(byte[0]);
            continue;
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        if is_meant(&text) {
            return Ok(text);
        }
        line.clear();
    }
    Err(io::Error::other("it says much, and nothing that IMAP says"))
}
