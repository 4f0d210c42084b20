//! A Postfix that takes the gateway's word for who sends, and delivers into Dovecot's mailboxes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::directory::Directory;
use super::process::{Process, find};
use super::{DOMAIN, TryoutError, free_port};

/// Where its main program is.
const MASTER: &str = "/usr/lib/postfix/sbin/master";

/// A Postfix that runs until this is dropped.
pub(super) struct Postfix {
    smtp: SocketAddr,
    _process: Process,
}

impl Postfix {
    /// Starts it, if it is installed and this is root: Postfix starts as nobody else.
    pub(super) fn start(directory: &Directory, lmtp: &Path) -> Result<Option<Self>, TryoutError> {
        let Some(postfix) = find("postfix").filter(|_| rustix::process::geteuid().is_root()) else { return Ok(None) };
        let Some(owner) = number_of("postfix") else { return Ok(None) };
        let smtp = free_port()?;
        for name in ["postfix", "postfix/etc", "postfix/queue", "postfix/data"] {
            directory.subdirectory(name, 0o755)?;
        }
        let data = directory.path("postfix/data");
        std::os::unix::fs::chown(&data, Some(owner), None)
            .map_err(|source| TryoutError::File { path: data, source })?;
        directory.write_private("postfix/etc/main.cf", &main_cf(directory, lmtp))?;
        directory.write_private("postfix/etc/master.cf", &master_cf(smtp))?;
        let config = directory.path("postfix/etc").display().to_string();
        // Makes what its queue needs; what it complains about, starting says too.
        let _checked = Command::new(postfix).args(["-c", &config, "check"]).stdin(Stdio::null()).output();
        // Without the script around it, which does not pass on that it is to end.
        let mut process = Process::start_as_root(directory, "postfix", Path::new(MASTER), &["-c", &config, "-s"])?;
        process.await_port(directory, smtp)?;
        Ok(Some(Self { smtp, _process: process }))
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

/// It asks Valetkey's socket for nothing, since nobody signs in here; without one it would not know what a sign-in is, and
/// would not take one by XCLIENT.
fn main_cf(directory: &Directory, lmtp: &Path) -> String {
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
virtual_transport = lmtp:unix:{lmtp}
alias_maps =
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = unix:{run}/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
",
        d = directory.path("postfix").display(),
        run = directory.path("run").display(),
        lmtp = lmtp.display(),
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
