//! The log: no secret is in it, and fail2ban reads it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use valetkey_domain::TotpSeed;
use valetkey_tests::client::imap::{Imap, plain};
use valetkey_tests::client::portal::Browser;
use valetkey_tests::clock::wait_for;
use valetkey_tests::program::{self, Ran};
use valetkey_tests::tryout::{Key, Person, Second, Tryout};

/// Asks by HTTP as a server does for a client at `network`; gives the status.
fn forward_auth(url: &str, network: &str, user: &str, more: &[&str]) -> String {
    let mut command = program::command("curl");
    command.args(["--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}"]);
    command.args(["--header", &format!("X-Forwarded-For: {network}"), "--user", user]).args(more).arg(url);
    program::run(&mut command, "").succeeded()
}

/// Everything that was secret in a run.
#[derive(Default)]
struct Secrets {
    /// App passwords, with whose they are.
    keys: Vec<(String, Key)>,
    primary_passwords: Vec<String>,
    /// Of browsers and links.
    tokens: Vec<String>,
    /// In base 32.
    seeds: Vec<String>,
    codes: Vec<String>,
}

impl Secrets {
    fn person(&mut self, person: &Person) {
        self.keys.push((person.login.clone(), person.key.clone()));
        self.primary_passwords.push(person.primary_password.clone());
        self.seeds.push(person.totp_secret.clone());
    }

    /// Every form in which a secret could be written, in lower case.
    fn forms(&self) -> Vec<String> {
        let mut forms = self.tokens.clone();
        let mut sent = |login: &str, secret: &str| {
            forms.extend([secret.to_lowercase(), STANDARD.encode(secret).to_lowercase()]);
            forms.extend([plain("", login, secret), plain(login, login, secret)].map(|form| form.to_lowercase()));
            forms.push(STANDARD.encode(format!("{login}:{secret}")).to_lowercase());
        };
        for (login, key) in &self.keys {
            for spelling in [key.secret.clone(), key.letters(), key.secret.replace('-', " ")] {
                sent(login, &spelling);
            }
        }
        for (login, _) in &self.keys {
            self.primary_passwords.iter().for_each(|password| sent(login, password));
        }
        for secret in &self.seeds {
            let seed = TotpSeed::from_base32(secret).expect("a seed that was shown");
            let hex = seed.expose().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            forms.extend([secret.to_lowercase(), hex, STANDARD.encode(seed.expose()).to_lowercase()]);
        }
        forms
    }

    /// That a text has none of them in it.
    fn expect_absent(&self, name: &str, text: &str) {
        let text = text.to_lowercase();
        for form in self.forms() {
            assert!(!text.contains(&form), "{name} has {form} in it: {:?}", line_with(&text, &form));
        }
        // Six digits may be a part of a longer number.
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        let found = words.find(|word| self.codes.iter().any(|code| code == word));
        assert_eq!(found, None, "{name} has a code in it");
    }

    /// That a file of the store has none of them in it, as text or as bytes.
    fn expect_absent_at_rest(&self, file: &Path) {
        let found = as_text(&std::fs::read(file).expect("a file of the store"));
        let file = file.display();
        for (_, key) in &self.keys {
            assert!(!found.contains(&key.secret) && !found.contains(&key.letters()), "an app password: {file}");
        }
        for password in &self.primary_passwords {
            assert!(!found.contains(password), "a primary password: {file}");
        }
        for token in &self.tokens {
            assert!(!found.contains(token) && !found.contains(&token.replace('-', "")), "a token: {file}");
        }
        for secret in &self.seeds {
            let seed = TotpSeed::from_base32(secret).expect("a seed that was shown");
            assert!(!found.contains(secret) && !found.contains(&as_text(seed.expose())), "a seed: {file}");
        }
    }
}

/// Bytes as a text in which each is a character.
fn as_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn line_with<'a>(text: &'a str, form: &str) -> Option<&'a str> {
    text.lines().find(|line| line.contains(form))
}

/// Signs in with everything that a person has, and with everything where it does not belong.
fn sign_in_with_everything(second: &Second, person: &Person) {
    let letters = person.key.letters();
    let all = [&person.key.secret, &letters, &person.primary_password, &person.totp_secret];
    // Each refusal takes its time: they are waited for together.
    std::thread::scope(|scope| {
        for secret in all {
            scope.spawn(|| sign_in_in_every_way(second, &person.login, secret));
            scope.spawn(|| sign_in_with_nonsense(second, &person.login, secret));
        }
    });
}

fn sign_in_in_every_way(second: &Second, login: &str, secret: &str) {
    Imap::connect(&second.door).sign_in(login, secret);
    for acting_for in ["", login] {
        Imap::connect(&second.door).ask(&format!("AUTHENTICATE PLAIN {}", plain(acting_for, login, secret)));
    }
    forward_auth(&second.forward_auth, "192.0.2.7", &format!("{login}:{secret}"), &[]);
    second.commands.run(&["verify", login, "--service", "imap"], &format!("{secret}\n"));
}

fn sign_in_with_nonsense(second: &Second, login: &str, secret: &str) {
    // A password where the name belongs, alone and behind another's name.
    Imap::connect(&second.door).sign_in(secret, "x");
    Imap::connect(&second.door).sign_in(&format!("{secret}*"), "x");
    for (acting_for, name) in [(login, secret), (secret, login), (secret, secret)] {
        Imap::connect(&second.door).ask(&format!("AUTHENTICATE PLAIN {}", plain(acting_for, name, "x")));
    }
    // Where a command, a tag or base64 belongs.
    let mut imap = Imap::connect(&second.door);
    for line in [
        format!("a LOGIN {login} {secret} {secret}"),
        format!("{secret} {secret}"),
        format!("a AUTHENTICATE PLAIN {secret}"),
        format!("a AUTHENTICATE {secret}"),
        secret.to_owned(),
    ] {
        imap.send(format!("{line}\r\n").as_bytes());
    }
    imap.ask("LOGOUT");
    forward_auth(&second.forward_auth, "192.0.2.7", &format!("{secret}:{login}"), &[]);
    let broken = format!("Authorization: Basic {secret}");
    forward_auth(&second.forward_auth, "192.0.2.7", "", &["--header", &broken]);
    second.commands.run(&["verify", secret, "--service", "imap"], "x\n");
}

/// Does all that can be done with an account, and notes what was secret.
fn do_everything(second: &Second, secrets: &mut Secrets) {
    let ada = second.commands.make_person("ada@example.org", "the-first-of-ada");
    // Dovecot does not know Carol: she is accepted, and then turned away.
    let carol = second.commands.make_person("carol@example.org", "the-first-of-carol");
    secrets.person(&ada);
    secrets.person(&carol);
    sign_in_with_everything(second, &ada);
    let turned_away = Imap::connect(&second.door).sign_in(&carol.login, &carol.key.secret);
    assert!(!turned_away.is_ok(), "{turned_away:?}");
    let login = &*ada.login;
    let change = ["account", "change-password", login, "--password-stdin"];
    let (wrong, right) = (ada.code(5), ada.code(0));
    let recovery = second.commands.ask(&["account", "recovery-codes", login]);
    let recovery = recovery["recovery_codes"][0].as_str().expect("a code").to_owned();
    let [second_one, third_one, mistyped] = ["the-second-of-ada", "the-third-of-ada", "not-the-one-of-ada"];
    for (old, code, new, exit) in [
        (mistyped, &right, second_one, 1),
        (&ada.primary_password, &wrong, second_one, 1),
        (&ada.primary_password, &right, second_one, 0),
        (second_one, &recovery, third_one, 0),
    ] {
        let ran = second.commands.run(&change, &format!("{old}\n{code}\n{new}\n"));
        assert_eq!(ran.code, exit, "{ran:?}");
    }
    let fourth = "the-fourth-of-ada";
    second.commands.ask_saying(&format!("{fourth}\n"), &["account", "reset-password", login, "--password-stdin"]);
    secrets.primary_passwords.extend([second_one, third_one, mistyped, fourth].map(str::to_owned));
    secrets.primary_passwords.push(recovery);
    secrets.codes.extend([wrong, right]);
    // Revoked by now: recognised.
    sign_in_with_everything(second, &ada);
    for (label, more) in [("Phone", &["--scope", "calendars"][..]), ("Printer", &["--network", "192.0.2.0/24"])] {
        let key = second.commands.make_key(login, label, more);
        secrets.keys.push((ada.login.clone(), key.clone()));
        sign_in_with_everything(second, &Person { key, ..ada.clone() });
    }
}

/// Does in a browser what comes with secrets of its own, and notes them.
fn use_the_portal(second: &Second, secrets: &mut Secrets) {
    let grace = second.commands.make_person("grace@example.org", "the-first-of-grace");
    secrets.person(&grace);
    let browser = second.browser();
    let page = browser.show_password(&grace.login, "a-mistyped-one-of-grace");
    assert!(page.text.contains("The login name or the password is wrong"), "{page:?}");
    let page = browser.show_password(&grace.login, &grace.primary_password);
    secrets.tokens.extend(browser.cookies());
    let code = grace.code(0);
    let page = browser.send("/sign-in/second-factor", &page, &[("code", &code), ("trust", "yes")]);
    assert!(page.heading().starts_with("Hello"), "{page:?}");
    secrets.codes.push(code);
    secrets.tokens.extend(browser.cookies());
    secrets.tokens.push(page.form().to_owned());
    secrets.primary_passwords.extend(["a-mistyped-one-of-grace", "a-strength-of-grace"].map(str::to_owned));
    browser.send("/password-strength", &page, &[("new", "a-strength-of-grace")]);
    let link = second.commands.ask(&["account", "link", &grace.login]);
    let code = link["code"].as_str().expect("a code");
    let reset = browser.open(&format!("/reset/{code}"));
    assert_eq!(reset.heading(), "Choose a new password");
    browser.send(&format!("/reset/{code}"), &reset, &[("new", "too short"), ("again", "too short")]);
    browser.open(&format!("/invite/{code}"));
    secrets.tokens.push(code.to_owned());
}

#[test]
fn no_secret_of_a_run_is_in_any_log_or_in_clear_at_rest() {
    let tryout = Tryout::start();
    let second = tryout.serve_beside(&[("log =", "log = \"trace\"")]);
    let mut secrets = Secrets::default();
    for person in [tryout.ada(), tryout.bob()] {
        let answer = Imap::connect(&tryout.door).sign_in(&person.login, &person.key.secret);
        assert!(answer.is_ok(), "{answer:?}");
        Imap::connect(&tryout.door).sign_in(&person.login, &person.primary_password);
        secrets.person(&person);
    }
    do_everything(&second, &mut secrets);
    use_the_portal(&second, &mut secrets);
    // Without its store it can tell no name of an account from a password that was typed in its place.
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    let status = || forward_auth(&second.forward_auth, "192.0.2.7", "nobody:x", &[]);
    wait_for("503", || (status() == "503").then_some(()));
    let typed = secrets.keys[0].1.secret.clone();
    Imap::connect(&second.door).sign_in(&typed, "x");
    forward_auth(&second.forward_auth, "192.0.2.7", &format!("{typed}:x"), &[]);
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("401", || (status() == "401").then_some(()));
    let log = second.stop();
    assert!(!log.contains("log lines were dropped"));
    for outcome in ["accepted", "refused", "broken"] {
        assert!(log.contains(&format!("outcome={outcome}")), "nothing was {outcome}");
    }
    secrets.expect_absent("the log", &log);
    secrets.expect_absent("the log of try", &tryout.log());
    let master = std::fs::read_to_string(tryout.dir().join("master-secret")).expect("a file of try");
    assert!(!log.contains(&*master), "the master user's secret");
    for file in files_in(&tryout.dir()).iter().filter(|file| file.extension().is_some_and(|e| e == "log")) {
        let text = std::fs::read_to_string(file).expect("a log");
        secrets.expect_absent(&file.display().to_string(), &text);
    }
    for directory in ["data", "second-data"] {
        let files = files_in(&tryout.dir().join(directory));
        assert!(files.len() > 1, "{files:?}");
        for file in &files {
            secrets.expect_absent_at_rest(file);
        }
    }
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory of try");
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

fn deployed(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/fail2ban").join(file)
}

/// The addresses that fail2ban finds in a log, sorted.
fn found_by_fail2ban(log: &str) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("valetkey.log");
    std::fs::write(&file, log).expect("a file of ours");
    let mut command = program::command("fail2ban-regex");
    let ran: Ran = program::run(command.args(["--out", "ip"]).arg(&file).arg(deployed("filter.d/valetkey.conf")), "");
    let mut found: Vec<String> = ran.succeeded().lines().map(str::to_owned).collect();
    found.sort();
    found
}

#[test]
fn fail2ban_finds_who_guesses_and_nobody_else() {
    program::find("fail2ban-regex");
    let tryout = Tryout::start();
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let url = tryout.url("forward_auth");
    let revoked = tryout.commands.make_key(&ada.login, "Revoked", &[]);
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &revoked.id]);
    let send_only = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let at_home = tryout.commands.make_key(&ada.login, "At home", &["--network", "192.0.2.0/24"]);
    let wrong = "abcd-efgh-ijkl-mnop";
    let forged = "x outcome=refused why=wrong-secret service=imap network=198.51.100.66 tls=no login=x";
    for (network, login, secret, status) in [
        ("203.0.113.1", &*ada.login, wrong, "401"),
        ("203.0.113.2", &ada.login, &bob.key.secret, "401"),
        ("203.0.113.3", "nobody@example.org", wrong, "401"),
        ("203.0.113.4", "ada@example.org*gateway", &ada.key.secret, "401"),
        ("2001:db8::5", &ada.login, wrong, "401"),
        ("203.0.113.6", &format!("{forged} "), wrong, "401"),
        ("203.0.113.7", "network=198.51.100.66", wrong, "401"),
        ("198.51.100.1", &ada.login, &ada.key.secret, "200"),
        ("198.51.100.2", &ada.login, &revoked.secret, "401"),
        ("198.51.100.3", &ada.login, &send_only.secret, "401"),
        ("198.51.100.4", &ada.login, &at_home.secret, "401"),
        ("nonsense", &ada.login, wrong, "401"),
    ] {
        let user = format!("{login}:{secret}");
        assert_eq!(forward_auth(&url, network, &user, &["--user-agent", forged]), status, "{network}");
    }
    for acting_for in ["", &bob.login] {
        let secret = if acting_for.is_empty() { wrong } else { &ada.key.secret };
        let mut imap = Imap::connect(&tryout.door);
        assert!(imap.ask(&format!("ID (\"name\" \"{forged}\")")).is_ok());
        assert!(!imap.ask(&format!("AUTHENTICATE PLAIN {}", plain(acting_for, &ada.login, secret))).is_ok());
    }
    assert!(Imap::connect(&tryout.door).sign_in(&ada.login, &ada.key.secret).is_ok());
    let portal = tryout.description["portal"].as_str().expect("an address");
    let browser = Browser::new(portal, None, tryout.door.ca.clone()).coming_from("127.0.0.10");
    assert_eq!(browser.show_password(&ada.login, "not the password").status, 200);
    let log = wait_for("the log of all of it", || {
        let log = tryout.log();
        (log.matches(" event=sign-in ").count() == 16).then_some(log)
    });
    let mut guessed = vec!["127.0.0.1", "127.0.0.1", "127.0.0.10", "2001:db8::5"];
    guessed.extend(["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.6", "203.0.113.7"]);
    assert_eq!(found_by_fail2ban(&log), guessed, "{log}");
    let prefix = "Nov 21 08:00:00 mail valetkey[4711]: ";
    let from_the_journal = format!("{prefix}{}\n", log.trim_end().replace('\n', &format!("\n{prefix}")));
    assert_eq!(found_by_fail2ban(&from_the_journal), guessed);
}

#[test]
fn fail2ban_takes_the_jail() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let config = dir.path().join("fail2ban");
    program::find("fail2ban-regex");
    let copied = program::run(program::command("cp").arg("-r").arg("/etc/fail2ban").arg(&config), "");
    copied.succeeded();
    for file in ["filter.d/valetkey.conf", "jail.d/valetkey.conf"] {
        std::fs::copy(deployed(file), config.join(file)).expect("a file of ours");
    }
    let told = program::run(program::command("fail2ban-client").arg("-c").arg(&config).arg("-d"), "").succeeded();
    for setting in ["['add', 'valetkey', 'systemd']", "'addfailregex'", "_SYSTEMD_UNIT=valetkey.service"] {
        assert!(told.contains(setting), "{setting}: {told}");
    }
}
