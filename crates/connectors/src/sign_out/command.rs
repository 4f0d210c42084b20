//! A command on this machine, run without a shell: with little around it, for a bounded time, and ended with all that it has
//! started when that is over.

use std::path::PathBuf;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command as Process};
use valetkey_accounts::{SignOut, SignOutOutcome, SignOutTrouble};

/// Where a command finds programs. Nothing else of the server's environment is handed on.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The argument in whose place the login name comes.
const LOGIN: &str = "{login}";

/// A command.
pub struct Command {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments. One that is `{login}` becomes the canonical login name.
    pub arguments: Vec<String>,
}

impl Command {
    /// The details go to its standard input. Exit code 0 says that it was done.
    pub(super) async fn tell(&self, one: &SignOut) -> Result<SignOutOutcome, SignOutTrouble> {
        let login = one.logins.first().map(|login| login.as_str()).unwrap_or_default();
        self.run(login, super::details(one).to_string()).await
    }

    async fn run(&self, login: &str, details: String) -> Result<SignOutOutcome, SignOutTrouble> {
        let arguments = filled_in(&self.arguments, login).ok_or(SignOutTrouble::UnfitLogin)?;
        let mut process = Process::new(&self.program);
        process.args(arguments).env_clear().env("PATH", PATH).current_dir("/").process_group(0).kill_on_drop(true);
        process.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = process.spawn().map_err(|error| {
            tracing::warn!(program = %self.program.display(), %error, "a command for sign-outs does not start");
            SignOutTrouble::NoProgram
        })?;
        let mut group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
        let ended = feed(&mut child, details).await;
        group.0 = None; // what it left running on purpose is its own affair
        let status = ended.map_err(|_| SignOutTrouble::NoProgram)?;
        match status.code() {
            Some(0) => Ok(SignOutOutcome::Told),
            Some(code) => Err(SignOutTrouble::ExitCode(code)),
            None => Err(SignOutTrouble::Signal(std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0))),
        }
    }
}

async fn feed(child: &mut Child, details: String) -> std::io::Result<std::process::ExitStatus> {
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not want to read it has its reasons, and its exit code says more. It may also end first.
        let write = async {
            drop(stdin.write_all(details.as_bytes()).await);
            drop(stdin);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            status = child.wait() => return status,
            () = write => {}
        }
    }
    child.wait().await
}

/// The arguments with the login name in its place; none if it would be taken for an option there. A name may begin with a
/// hyphen, and no `--` is understood by every program: then the command is not run.
fn filled_in<'a>(arguments: &'a [String], login: &'a str) -> Option<Vec<&'a str>> {
    let fill = |argument: &'a String| match argument.as_str() {
        LOGIN if login.starts_with('-') => None,
        LOGIN => Some(login),
        other => Some(other),
    };
    arguments.iter().map(fill).collect()
}

/// A command with all that it has started, ended when this is dropped before it has ended by itself.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended this very moment.
            let _ended = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    fn script(dir: &Path, text: &str) -> Command {
        let program = dir.join("script");
        std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).expect("a file");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("it is ours");
        Command { program, arguments: vec!["one two".into(), "{login}".into(), dir.display().to_string()] }
    }

    #[tokio::test]
    async fn a_command_is_told_who_and_has_nothing_else_around_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let command =
            script(dir.path(), "{ echo \"$1|$2|$#\"; env | sort | grep -v '^_=\\|^PWD=\\|^SHLVL='; cat; } > $3/seen");
        assert_eq!(command.run("$(id); ada", "{}".into()).await, Ok(SignOutOutcome::Told));
        let seen = std::fs::read_to_string(dir.path().join("seen")).expect("it was written");
        assert_eq!(seen, format!("one two|$(id); ada|3\nPATH={PATH}\n{{}}"));
    }

    #[tokio::test]
    async fn how_a_command_ends_is_seen() {
        let dir = tempfile::tempdir().expect("a directory");
        for (text, trouble) in [("exit 3", SignOutTrouble::ExitCode(3)), ("kill -9 $$", SignOutTrouble::Signal(9))] {
            let details = "x".repeat(1_000_000); // which nobody reads
            assert_eq!(script(dir.path(), text).run("ada", details).await, Err(trouble), "{text}");
        }
        let missing = Command { program: dir.path().join("missing"), arguments: Vec::new() };
        assert_eq!(missing.run("ada", String::new()).await, Err(SignOutTrouble::NoProgram));
    }

    #[tokio::test]
    async fn past_its_deadline_a_command_ends_with_all_that_it_has_started() {
        let dir = tempfile::tempdir().expect("a directory");
        let command = script(dir.path(), "sleep 1000 & echo $! > $3/child; wait");
        let pid = dir.path().join("child");
        let child = async {
            loop {
                match std::fs::read_to_string(&pid) {
                    Ok(text) if text.ends_with('\n') => break text.trim().to_owned(),
                    _ => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        let child = tokio::select! {
            ended = command.run("ada", String::new()) => panic!("it ended: {ended:?}"),
            child = child => child,
        };
        let runs = || {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        let gone = async {
            while runs() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it was ended");
    }

    #[test]
    fn a_login_name_is_a_whole_argument_and_never_an_option() {
        let arguments = ["--user", "{login}", "x{login}", "--all={login}"].map(str::to_owned);
        let ada = filled_in(&arguments, "ada; rm -rf /").expect("it is none");
        assert_eq!(ada, ["--user", "ada; rm -rf /", "x{login}", "--all={login}"]);
        assert_eq!(filled_in(&arguments, "-rf@example.org"), None);
        assert!(filled_in(&arguments[..1], "-rf@example.org").is_some(), "it is not there");
    }
}
