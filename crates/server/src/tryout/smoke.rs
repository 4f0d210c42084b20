//! The tour, done by itself: real programs and a live connection, each step with its outcome and time.

mod asker;
mod browser;
mod calendar;
mod client;
mod sieve;
mod without_password;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use valetkey_accounts::Stop;
use valetkey_domain::Clock as _;

use super::process::find;
use super::{Tryout, millis_since};
use crate::clock::SystemClock;
use crate::output::say;
use asker::{ASKERS, Asker};
use browser::Browser;
use client::Imap;

type Outcome = Result<String, String>;
/// What a program said and complained of, and its exit code.
type Ran = (String, String, i32);

/// How late the watching thread may see what has happened: on a busy machine it must wait for its turn.
const SEEN_LATE_MAX: Duration = Duration::from_millis(250);
/// How long a message may take from being accepted to lying in the mailbox.
const DELIVERY_TIME: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);
/// The subject of the message that is sent.
const SENT: &str = "Sent with an app password";

/// Does every step; whether each came out as it should.
pub(super) fn run(tryout: &Tryout, stop: &Stop) -> bool {
    let mut smoke = Smoke { tryout, stop, passed: true, number: 0, left_out: Vec::new() };
    let (mut made, mut signed_in) = (None, None);
    smoke.step("sign in to the portal with two factors", |s| {
        let browser = Browser::new(s.tryout)?;
        let greeted = browser.sign_in()?;
        signed_in = Some(browser);
        Ok(greeted)
    });
    smoke.step("make an app password there", |_| {
        let browser = signed_in.as_ref().ok_or("nobody is signed in")?;
        let (secret, id) = browser.make_app_password("Smoke test")?;
        made = Some((secret, id));
        Ok("\"Smoke test\", shown once".into())
    });
    let (secret, id) = made.unwrap_or_default();
    for asker in &ASKERS {
        smoke.step(asker.what, |s| s.is_told(asker, &secret));
    }
    if tryout.endpoint("imaps").is_some() {
        smoke.mail(&secret, &id);
    } else {
        smoke.leave_out("mail", "this machine lacks dovecot-imapd");
    }
    if tryout.endpoint("dav").is_some() {
        smoke.calendars();
    } else {
        smoke.leave_out("calendars and contacts", "this machine lacks radicale and nginx-light");
    }
    if tryout.endpoint("imaps").is_some() {
        without_password::television(&mut smoke, signed_in.as_ref());
    }
    if tryout.endpoint("login_flow").is_some() {
        without_password::login_flow(&mut smoke, signed_in.as_ref());
    }
    let verdict = match (smoke.passed, smoke.left_out.as_slice()) {
        (true, []) => "Everything came out as it should.".to_owned(),
        (true, left_out) => format!("What was tried came out as it should. Left out: {}.", left_out.join(", ")),
        (false, _) => "Something did not come out as it should.".to_owned(),
    };
    // Who does not read it can still see the exit code.
    drop(say(&format!("\n{verdict}")));
    smoke.passed
}

struct Smoke<'a> {
    tryout: &'a Tryout,
    stop: &'a Stop,
    left_out: Vec<&'static str>,
    passed: bool,
    number: u32,
}

impl Smoke<'_> {
    fn step(&mut self, what: &str, run: impl FnOnce(&Self) -> Outcome) {
        self.number += 1;
        let start = SystemClock.boot_time();
        let outcome = if self.stop.is_asked() { Err("stopped".to_owned()) } else { run(self) };
        let took = millis_since(start);
        let (mark, said) = match &outcome {
            Ok(said) => ("ok  ", said),
            Err(said) => ("FAIL", said),
        };
        self.passed &= outcome.is_ok();
        let detail = if said.is_empty() { String::new() } else { format!(": {said}") };
        drop(say(&format!("{mark} {:2}. {what}{detail} ({took:.0} ms)", self.number)));
    }

    /// What cannot be tried here is said, and is no failure.
    fn leave_out(&mut self, what: &'static str, why: &str) {
        self.left_out.push(what);
        drop(say(&format!("--       {what}: left out, since {why}")));
    }

    /// Reading, what opens nothing, and what a revoke does.
    fn mail(&mut self, secret: &str, id: &str) {
        self.step("read a message over IMAPS with curl", |s| s.curl_reads(secret, "Welcome to Valetkey"));
        self.step("typed with capitals and spaces, it works too", |s| {
            s.curl_reads(&secret.to_uppercase().replace('-', " "), "Welcome to Valetkey")
        });
        self.step("the primary password opens nothing", |s| s.curl_is_refused(&s.tryout.people[0].primary_password));
        self.step("somebody else's app password opens nothing", |s| {
            s.curl_is_refused(&s.tryout.people[1].app_password)
        });
        self.step("fetch the mailbox with mbsync", |s| s.mbsync(secret));
        self.other_mail(secret);
        self.live_revoke(secret, id);
        self.step("revoked, it opens nothing", |s| s.curl_is_refused(secret));
        self.step("nor does anybody who asks hear a yes", |s| s.hear_no(secret));
        if self.tryout.asking.is_some() {
            self.at_the_one_that_asks();
        }
    }

    /// Sending, reading by POP3, and sorting.
    fn other_mail(&mut self, secret: &str) {
        if self.tryout.endpoint("submissions").is_some() {
            self.step("send a message with curl", |s| s.curl_sends(secret));
            self.step("read that message over IMAPS", |s| s.curl_reads_what_was_sent(secret));
        } else {
            self.leave_out("sending mail", "this machine lacks dovecot-lmtpd, or both dovecot-submissiond and postfix");
        }
        if self.tryout.endpoint("pop3s").is_some() {
            self.step("read a message over POP3S with curl", |s| {
                subject(s.curl_of("pop3s", "1", secret)?, "Welcome to Valetkey")
            });
        } else {
            self.leave_out("POP3", "this machine lacks dovecot-pop3d");
        }
        sieve::upload(self, secret);
    }

    /// That a server which asks is told whose it is, and that the primary password is none.
    fn is_told(&self, asker: &Asker, secret: &str) -> Outcome {
        let login = self.login();
        if let Some(name) = asker.ask(self, &login, &self.tryout.people[0].primary_password)? {
            return Err(format!("the primary password was taken for {name}"));
        }
        match asker.ask(self, &login, secret)? {
            Some(name) if name == login => Ok(format!("yes, {name}; the primary password: no")),
            other => Err(format!("it was told {other:?}")),
        }
    }

    fn hear_no(&self, secret: &str) -> Outcome {
        for asker in &ASKERS {
            if asker.ask(self, &self.login(), secret)?.is_some() {
                return Err(format!("{}: it was a yes", asker.what));
            }
        }
        Ok(String::new())
    }

    /// A Dovecot that Valetkey tells to close what is open.
    fn at_the_one_that_asks(&mut self) {
        let mut open = None;
        self.step("leave a connection idling at the Dovecot that asks", |s| {
            let made = s.valetkey(&["app-password", "create", &s.login(), "--label", "At the one that asks"])?;
            let mut imap = Imap::connect_in_clear(s.tryout.endpoint("imap_asking").unwrap_or_default())?;
            imap.sign_in(&s.login(), &text(&made["app_password"]))?;
            imap.idle()?;
            open = Some((imap, text(&made["id"])));
            Ok(String::new())
        });
        let Some((mut imap, id)) = open else { return };
        self.step("revoke the app password", |s| {
            let revoked = s.valetkey(&["app-password", "revoke", &s.login(), &id])?;
            let farewell = imap.until_closed()?;
            let told = &revoked["other_servers"][0];
            if told["connections_closed"] != 1 {
                return Err(revoked.to_string());
            }
            Ok(format!("{}: {}; the app was told \"{farewell}\"", text(&told["name"]), text(&told["said"])))
        });
    }

    /// A connection that idles, a revoke, and how long it took until the connection was closed.
    fn live_revoke(&mut self, secret: &str, id: &str) {
        let mut idle = None;
        self.step("leave a connection idling", |s| {
            let mut imap = Imap::connect(s.tryout)?;
            imap.sign_in(&s.login(), secret)?;
            imap.idle()?;
            let connected = s.valetkey(&["connections", &s.login()])?;
            let count = connected.as_array().map_or(0, Vec::len);
            idle = Some(imap);
            if count == 1 { Ok("1 connection".into()) } else { Err(format!("{count} connections are listed")) }
        });
        let Some(mut imap) = idle else { return };
        self.step("revoke the app password", |s| {
            let start = SystemClock.boot_time();
            let watching = std::thread::spawn(move || (imap.until_closed(), SystemClock.boot_time()));
            let revoked = s.valetkey(&["app-password", "revoke", &s.login(), id])?;
            let returned = SystemClock.boot_time();
            let (farewell, closed) = watching.join().map_err(|_| "the watching thread panicked".to_owned())?;
            let farewell = farewell?;
            if revoked["connections_closed"] != 1 || closed.since(returned) > SEEN_LATE_MAX {
                return Err(format!(
                    "{revoked}; the app saw its end {} µs after that",
                    closed.since(returned).as_micros()
                ));
            }
            Ok(format!(
                "the app was told \"{farewell}\" and closed {:.1} ms after the command began",
                closed.since(start).as_secs_f64() * 1e3
            ))
        });
    }

    fn calendars(&mut self) {
        let mut made = None;
        self.step("make an app password for calendars", |s| {
            let answer =
                s.valetkey(&["app-password", "create", &s.login(), "--label", "Calendar", "--scope", "calendars"])?;
            made = Some((text(&answer["app_password"]), text(&answer["id"])));
            Ok(String::new())
        });
        let (secret, id) = made.unwrap_or_default();
        self.step("open the calendar server behind nginx", |s| s.dav(&secret, &[], "207"));
        self.step("a forged identity changes nothing", |s| {
            let forged = ["-H", "X-Remote-User: bob@example.org", "-H", "X_Remote_User: bob@example.org"];
            s.dav(&secret, &forged, "207")?;
            s.dav_at("bob@example.org", &secret, &forged, "403")
        });
        calendar::sync(self, &secret);
        self.step("without a password it asks for one", |s| s.dav("wrong", &[], "401"));
        self.step("revoke it", |s| s.valetkey(&["app-password", "revoke", &s.login(), &id]).map(|_| String::new()));
        self.step("the next request is refused", |s| s.dav(&secret, &[], "401"));
        calendar::is_refused(self);
    }

    fn login(&self) -> String {
        self.tryout.people[0].login.clone()
    }

    /// Runs this very program's own command.
    fn valetkey(&self, arguments: &[&str]) -> Result<Value, String> {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let config = self.tryout.directory.path("valetkey.toml");
        let mut command = Command::new(program);
        command.arg("--config").arg(config).arg("--json").args(arguments);
        let (said, complained, code) = output(&mut command)?;
        if code == 0 { serde_json::from_str(&said).map_err(|e| e.to_string()) } else { Err(complained) }
    }

    fn curl(&self, arguments: &[&str]) -> Result<Ran, String> {
        let program = find("curl").ok_or("curl is not installed: apt-get install curl")?;
        let ca = self.tryout.directory.path("ca.pem").display().to_string();
        let mut command = Command::new(program);
        command.args(["--silent", "--show-error", "--max-time", "20", "--cacert", &ca]).args(arguments);
        output(&mut command)
    }

    /// curl opens something at one of the endpoints.
    fn curl_of(&self, endpoint: &str, what: &str, secret: &str) -> Result<Ran, String> {
        let port = self.port(endpoint);
        self.curl(&["-u", &format!("{}:{secret}", self.login()), &format!("{endpoint}://localhost:{port}/{what}")])
    }

    fn curl_imaps(&self, secret: &str) -> Result<Ran, String> {
        self.curl_of("imaps", "INBOX;UID=1", secret)
    }

    fn curl_reads(&self, secret: &str, expected: &str) -> Outcome {
        subject(self.curl_imaps(secret)?, expected)
    }

    fn curl_sends(&self, secret: &str) -> Outcome {
        let (login, letter) = (self.login(), self.tryout.directory.path("smoke-letter"));
        let text = format!("From: {login}\r\nTo: {login}\r\nSubject: {SENT}\r\n\r\nBy submission.\r\n");
        std::fs::write(&letter, text).map_err(|e| e.to_string())?;
        let (user, url) = (format!("{login}:{secret}"), format!("smtps://localhost:{}", self.port("submissions")));
        let letter = letter.display().to_string();
        let sent =
            self.curl(&["-u", &user, "--mail-from", &login, "--mail-rcpt", &login, "--upload-file", &letter, &url])?;
        match sent {
            (_, _, 0) => Ok("from an address of one's own".into()),
            (said, complained, code) => Err(format!("exit {code}: {complained}{said}")),
        }
    }

    /// It takes a moment until it is delivered.
    fn curl_reads_what_was_sent(&self, secret: &str) -> Outcome {
        let start = SystemClock.boot_time();
        loop {
            // Behind the three samples.
            let read = subject(self.curl_of("imaps", "INBOX;MAILINDEX=4", secret)?, SENT);
            if read.is_ok() || self.stop.is_asked() || SystemClock.boot_time().since(start) > DELIVERY_TIME {
                return read;
            }
            std::thread::park_timeout(LOOK);
        }
    }

    fn port(&self, endpoint: &str) -> &str {
        self.tryout.endpoint(endpoint).and_then(|address| address.rsplit(':').next()).unwrap_or_default()
    }

    /// curl's exit code 67 is "login denied".
    fn curl_is_refused(&self, secret: &str) -> Outcome {
        match self.curl_imaps(secret)? {
            (_, _, 67) => Ok("login denied".into()),
            (said, complained, code) => Err(format!("exit {code}: {complained}{said}")),
        }
    }

    fn mbsync(&self, secret: &str) -> Outcome {
        let program = find("mbsync").ok_or("mbsync is not installed: apt-get install isync")?;
        let failed = |e: std::io::Error| e.to_string();
        let port = self.port("imaps");
        let box_dir: PathBuf = self.tryout.directory.path("mbsync");
        std::fs::create_dir_all(&box_dir).map_err(failed)?;
        let dir = box_dir.display();
        let rc = format!(
            "IMAPStore far\nHost localhost\nPort {port}\nUser {}\nPass {secret}\nSSLType IMAPS\nCertificateFile \"{}\"\n\n\
             MaildirStore near\nPath \"{dir}/\"\nInbox \"{dir}/INBOX\"\n\nChannel all\nFar :far:\nNear :near:\nCreate Near\nSyncState \"{dir}/state-\"\n",
            self.login(),
            self.tryout.directory.path("ca.pem").display(),
        );
        let file = box_dir.join("rc");
        std::fs::write(&file, rc).map_err(failed)?;
        let (said, complained, code) = output(Command::new(program).arg("-c").arg(&file).arg("all"))?;
        let fetched = ["new", "cur"]
            .iter()
            .filter_map(|sub| std::fs::read_dir(box_dir.join("INBOX").join(sub)).ok())
            .flatten()
            .count();
        if code == 0 && fetched == 3 {
            Ok("3 messages".into())
        } else {
            Err(format!("exit {code}, {fetched} messages: {complained}{said}"))
        }
    }

    fn dav(&self, secret: &str, more: &[&str], expected: &str) -> Outcome {
        self.dav_at(&self.login(), secret, more, expected)
    }

    fn dav_at(&self, home: &str, secret: &str, more: &[&str], expected: &str) -> Outcome {
        let dav = self.tryout.endpoint("dav").unwrap_or_default();
        let url = format!("{dav}{home}/");
        let user = format!("{}:{secret}", self.login());
        let mut arguments =
            vec!["-o", "/dev/null", "-w", "%{http_code}", "-X", "PROPFIND", "-H", "Depth: 0", "-u", &user];
        arguments.extend_from_slice(more);
        arguments.push(&url);
        match self.curl(&arguments)? {
            (status, _, 0) if status == expected => Ok(status),
            (status, complained, code) => {
                Err(format!("status {status} and not {expected} (curl: exit {code} {complained})"))
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// That the message which was read has this subject.
fn subject((said, complained, code): Ran, expected: &str) -> Outcome {
    let subject = said.lines().find(|line| line.starts_with("Subject:")).unwrap_or_default();
    if code == 0 && subject.contains(expected) {
        Ok(subject.trim_end().to_owned())
    } else {
        Err(format!("exit {code}: {complained}{said}"))
    }
}

fn output(command: &mut Command) -> Result<Ran, String> {
    output_of(command, "")
}

/// The same of a program that reads something short.
fn output_of(command: &mut Command, input: &str) -> Result<Ran, String> {
    let failed = |e: std::io::Error| e.to_string();
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut standard_input) = child.stdin.take() {
        // One that ends before it has read says why itself.
        drop(standard_input.write_all(input.as_bytes()));
    }
    let done = child.wait_with_output().map_err(failed)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((text(&done.stdout), text(&done.stderr).trim().to_owned(), done.status.code().unwrap_or(-1)))
}

/// What stands between two texts.
fn text_of(page: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = page.split_once(before)?;
    rest.split_once(after).map(|(text, _)| text.to_owned())
}
