//! Whether the server behind the gateway takes the master user's word at a door that others reach too.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::door::Door;
use super::{Finding, Grade};
use crate::config::{Config, SecretFile};

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
    // The secret goes there in clear, or to whoever has the door: to no other machine.
    UdpSocket::bind((address.ip(), 0))
        .map_err(|_| io::Error::other("it is not on this machine, and the secret would leave it"))?;
    let mut door = Door::open(address)?;
    let mut message = Zeroizing::new([login.as_bytes(), &[0], master_user.as_bytes(), &[0]].concat());
    message.extend_from_slice(master_secret);
    door.say(b"a AUTHENTICATE PLAIN\r\n")?;
    let said = door.hear(|line| line.starts_with('+') || line.starts_with("a "))?;
    if !said.starts_with('+') {
        return Err(unknown(&said));
    }
    let response = Zeroizing::new(format!("{}\r\n", STANDARD.encode(&*message)));
    door.say(response.as_bytes())?;
    let said = door.hear(|line| line.starts_with("a "))?;
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

/// Neither a yes nor a no to the password.
fn unknown(said: &str) -> io::Error {
    let said: String = said.trim_end().chars().filter(|c| !c.is_control()).take(200).collect();
    io::Error::other(format!("it says neither yes nor no to the master user: {said}"))
}
