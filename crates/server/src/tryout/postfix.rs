//! A Postfix that takes the gateway's word for who sends, and delivers into Dovecot's mailboxes.

use std::fs::Permissions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::directory::Directory;
use super::process::{Process, find};
use super::{DOMAIN, TryoutError};

/// Where its main program is.
const MASTER: &str = "/usr/lib/postfix/sbin/master";

/// A Postfix that runs until this is dropped.
pub(super) struct Postfix {
    smtp: SocketAddr,
    _process: Process,
    _way: Way,
}

/// How Postfix gets to the directory: some of its settings are divided at blanks, so where the name has one it goes by
/// another that has none.
struct Way {
    to: PathBuf,
    _other_name: Option<TempDir>,
}

impl Way {
    fn find(directory: &Directory) -> io::Result<Self> {
        let to = directory.path("postfix").parent().map_or_else(PathBuf::new, Path::to_owned);
        if !to.as_os_str().as_encoded_bytes().iter().any(u8::is_ascii_whitespace) {
            return Ok(Self { to, _other_name: None });
        }
        let other = tempfile::Builder::new().prefix("valetkey-postfix-").tempdir()?;
        std::fs::set_permissions(other.path(), Permissions::from_mode(0o711))?;
        let name = other.path().join("try");
        std::os::unix::fs::symlink(to, &name)?;
        Ok(Self { to: name, _other_name: Some(other) })
    }
}

impl Postfix {
    /// Whether it is installed and this is root: Postfix starts as nobody else.
    pub(super) fn can_start() -> bool {
        find("postfix").is_some() && number_of("postfix").is_some() && rustix::process::geteuid().is_root()
    }

    /// Starts it, if it can.
    pub(super) fn start(directory: &Directory) -> Result<Option<Self>, TryoutError> {
        let Some((postfix, owner)) = find("postfix").zip(number_of("postfix")).filter(|_| Self::can_start()) else {
            return Ok(None);
        };
        let smtp = directory.ports.one()?;
        for name in ["postfix", "postfix/etc", "postfix/queue", "postfix/data"] {
            directory.subdirectory(name, 0o755)?;
        }
        let data = directory.path("postfix/data");
        std::os::unix::fs::chown(&data, Some(owner), None)
            .map_err(|source| TryoutError::File { path: data, source })?;
        let way =
            Way::find(directory).map_err(|source| TryoutError::File { path: directory.path("postfix"), source })?;
        directory.write_private("postfix/etc/main.cf", &main_cf(&way.to))?;
        directory.write_private("postfix/etc/master.cf", &master_cf(smtp))?;
        let config = way.to.join("postfix/etc").display().to_string();
        // Makes what its queue needs; what it complains about, starting says too.
        let _checked = Command::new(postfix).args(["-c", &config, "check"]).stdin(Stdio::null()).output();
        // Without the script around it, which does not pass on that it is to end.
        let mut process = Process::start_as_root(directory, "postfix", Path::new(MASTER), &["-c", &config, "-s"])?;
        process.await_port(directory, smtp)?;
        Ok(Some(Self { smtp, _process: process, _way: way }))
    }

    /// Where it speaks SMTP, to the gateway.
    pub(super) fn smtp(&self) -> SocketAddr {
        self.smtp
    }
}

fn number_of(user: &str) -> Option<u32> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(user))?;
    line.split(':').nth(2)?.parse().ok()
}

/// Nobody signs in here by a password, but a Postfix that cannot look which ways to do so there are takes no word by XCLIENT
/// either: it looks at Dovecot's socket, which is there when it starts. Of what is sent nothing is changed on the way, however
/// long its lines are, and the gateway's address may come as often as it likes.
fn main_cf(way: &Path) -> String {
    format!(
        "compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.{DOMAIN}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {d}/mail.log
maillog_file_prefixes = {d}
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_maps = static:x
virtual_transport = lmtp:unix:{way}/dovecot/run/lmtp
alias_maps =
message_size_limit = 134217728
lmtp_line_length_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = unix:{way}/dovecot/run/auth-client
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
",
        d = way.join("postfix").display(),
        way = way.display(),
    )
}

fn master_cf(smtp: SocketAddr) -> String {
    format!(
        "postlog   unix-dgram n  -       n       -       1       postlogd
{smtp} inet  n       -       n       -       -       smtpd
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
proxymap  unix  -       -       n       -       -       proxymap
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
"
    )
}
