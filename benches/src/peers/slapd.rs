//! OpenLDAP's server.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest as _, Sha1};
use valetkey_testkit::free_port;

use super::programs::find;
use super::{Peer, said};
use crate::people::Login;

/// How it keeps passwords.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// A quick hash, which suits random secrets
    Ssha,
    /// A slow one, for passwords that people think of
    Argon2,
}

impl Scheme {
    fn hash(self, number: usize, login: &Login) -> String {
        match self {
            Self::Ssha => {
                let salt = number.to_be_bytes();
                let hash = Sha1::new().chain_update(&login.secret).chain_update(salt).finalize();
                format!("{{SSHA}}{}", BASE64_STANDARD.encode([hash.as_slice(), &salt].concat()))
            }
            Self::Argon2 => {
                let arguments = "-o module-path=/usr/lib/ldap -o module-load=argon2 -h {ARGON2} -n -T /dev/stdin";
                said(&find("slappasswd"), &arguments.split(' ').collect::<Vec<_>>(), &login.secret)
            }
        }
    }
}

/// Starts it with these people.
pub(crate) fn slapd(people: &[Login], scheme: Scheme) -> (Peer, SocketAddr) {
    let mut peer = Peer::new();
    peer.make_dir("db");
    let d = peer.dir().display();
    let module = if scheme == Scheme::Argon2 { "moduleload argon2\n" } else { "" };
    let configuration = format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\n\
         modulepath /usr/lib/ldap\nmoduleload back_mdb\n{module}\
         pidfile {d}/pid\nargsfile {d}/args\nloglevel 0\n\
         database mdb\nsuffix \"dc=example,dc=org\"\nmaxsize 8589934592\ndirectory {d}/db\nindex objectClass,uid eq\n\
         access to attrs=userPassword by anonymous auth by * none\naccess to * by * read\n"
    );
    peer.write("slapd.conf", &configuration);
    peer.write("people.ldif", &ldif(people, scheme));
    peer.run("slapadd", &["-q", "-f", "slapd.conf", "-l", "people.ldif"]);
    let address = free_port();
    peer.start("slapd", &["-d", "0", "-f", "slapd.conf", "-h", &format!("ldap://{address}")]);
    peer.await_port(address);
    (peer, address)
}

fn ldif(people: &[Login], scheme: Scheme) -> String {
    let mut text =
        "dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n\
                    dn: ou=people,dc=example,dc=org\nobjectClass: organizationalUnit\nou: people\n\n"
            .to_owned();
    for (number, login) in people.iter().enumerate() {
        let (name, hash) = (&login.name, scheme.hash(number, login));
        text += &format!(
            "dn: uid={name},ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: {name}\nmail: {name}\n\
             cn: Person {number}\nsn: {number}\nuserPassword: {hash}\n\n"
        );
    }
    text
}
