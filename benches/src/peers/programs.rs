//! Programs that are not ours: where they are, which Debian package has them, and which version is there.

use std::path::PathBuf;
use std::process::Command;

/// nginx's mail proxy, where it is no part of nginx itself.
pub(crate) const NGINX_MAIL: &str = "/usr/lib/nginx/modules/ngx_mail_module.so";

/// A program or file, Debian's package that has it, and how it is asked for its version, if it is one to be named.
const KNOWN: [(&str, &str, Option<&str>); 14] = [
    ("slapd", "slapd", Some("-VV")),
    ("slapadd", "slapd", None),
    ("slappasswd", "slapd", None),
    ("/usr/lib/ldap/argon2.so", "slapd-contrib", None),
    ("dovecot", "dovecot-imapd", Some("--version")),
    ("doveadm", "dovecot-imapd", None),
    ("/usr/lib/dovecot/imap-login", "dovecot-imapd", None),
    ("saslauthd", "sasl2-bin", Some("-v")),
    ("saslpasswd2", "sasl2-bin", None),
    ("nginx", "nginx-light", Some("-v")),
    (NGINX_MAIL, "libnginx-mod-mail", None),
    ("haproxy", "haproxy", Some("-v")),
    ("setpriv", "util-linux", None),
    ("unshare", "util-linux", None),
];

/// What is missing of these, as a sentence with the remedy; none if all is there.
pub(crate) fn missing(programs: &[&str]) -> Option<String> {
    let is_there = |program: &str| look_for(program).is_some() || (program == NGINX_MAIL && has_mail_built_in());
    let missing: Vec<&str> = programs.iter().copied().filter(|program| !is_there(program)).collect();
    let mut packages: Vec<&str> = missing.iter().map(|program| package(program)).collect();
    packages.sort_unstable();
    packages.dedup();
    let remedy = format!("Missing, and needed here: {}. apt-get install {}", missing.join(", "), packages.join(" "));
    (!missing.is_empty()).then_some(remedy)
}

/// Where a program is.
pub(super) fn find(program: &str) -> PathBuf {
    look_for(program).unwrap_or_else(|| panic!("{program} is not installed: apt-get install {}", package(program)))
}

/// The version of a program, if it is one whose version says something.
pub(crate) fn version(program: &str) -> Option<String> {
    let (_, _, question) = KNOWN.iter().find(|(name, ..)| *name == program).expect("a program that is known");
    let output = Command::new(find(program)).arg((*question)?).output().expect("a program that is there starts");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let mut numbers = said.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    numbers.find(|n| n.contains('.') && n.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned)
}

fn has_mail_built_in() -> bool {
    let Some(nginx) = look_for("nginx") else { return false };
    let output = Command::new(nginx).arg("-V").output().expect("a program that is there starts");
    String::from_utf8_lossy(&output.stderr).split_whitespace().any(|word| word == "--with-mail")
}

fn package(program: &str) -> &'static str {
    KNOWN.iter().find(|(name, ..)| *name == program).expect("a program that is known").1
}

fn look_for(program: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "where programs are is no configuration")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|dir| dir.join(program)).find(|file| file.is_file())
}
