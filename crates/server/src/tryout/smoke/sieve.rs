//! sieve-connect as an app that sorts mail.

use std::process::Command;

use super::{Outcome, Smoke, output_of};
use crate::tryout::SIEVE_SCRIPT;
use crate::tryout::process::find;

/// Puts a script there and finds it. Where that cannot be, it is left out.
pub(super) fn upload(smoke: &mut Smoke<'_>, secret: &str) {
    let lacks = |what: &str| format!("this machine lacks {what}");
    if smoke.tryout.endpoint("managesieve").is_none() {
        smoke.leave_out("sorting mail", &lacks("dovecot-managesieved"));
    } else if find("sieve-connect").is_none() {
        smoke.leave_out("sorting mail", &lacks("sieve-connect"));
    } else {
        smoke.step("put a Sieve script there by ManageSieve, with sieve-connect", |s| is_put(s, secret));
    }
}

fn is_put(smoke: &Smoke<'_>, secret: &str) -> Outcome {
    let script = smoke.tryout.directory.path(SIEVE_SCRIPT).display().to_string();
    sieve_connect(smoke, secret, &["--localsieve", &script, "--remotesieve", "tour", "--upload"])?;
    let list = sieve_connect(smoke, secret, &["--list"])?;
    if list.contains("\"tour\"") { Ok("tour".into()) } else { Err(format!("it lists {list}")) }
}

fn sieve_connect(smoke: &Smoke<'_>, secret: &str, what: &[&str]) -> Outcome {
    let program = find("sieve-connect").ok_or("sieve-connect is gone")?;
    let mut command = Command::new(program);
    command.args(["--server", "localhost", "--port", smoke.port("managesieve"), "--user", &smoke.login()]);
    command.args(["--passwordfd", "0", "--tlscafile"]).arg(smoke.tryout.directory.path("ca.pem")).args(what);
    match output_of(&mut command, &format!("{secret}\n"))? {
        (said, _, 0) => Ok(said),
        (said, complained, code) => Err(format!("exit {code}: {complained}{said}")),
    }
}
