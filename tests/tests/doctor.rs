//! `valetkey doctor` on a running set-up: clean, and with each thing planted alone that would defeat a revocation.

use std::path::{Path, PathBuf};

use serde_json::Value;
use valetkey_tests::asking::Dovecot;
use valetkey_tests::asking::daemon::{Daemon, RunAs};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program::{self, Ran};
use valetkey_tests::tryout::{Commands, Tryout};

/// How a file is changed.
type Change = Box<dyn Fn(&str) -> String>;

/// What it says of a try, with some of its files replaced.
struct Consultation<'a> {
    tryout: &'a Tryout,
    files: Vec<(&'static str, PathBuf)>,
}

impl<'a> Consultation<'a> {
    fn of(tryout: &'a Tryout) -> Self {
        let dir = tryout.dir();
        let saslauthd = dir.join("saslauthd");
        std::fs::write(&saslauthd, "START=yes\nOPTIONS=\"-m /var/run/saslauthd\"\n").expect("a file of ours");
        let files = vec![
            ("--dovecot", dir.join("dovecot/dovecot.conf")),
            ("--radicale", dir.join("radicale/config")),
            ("--nginx", dir.join("nginx/nginx.conf")),
            ("--saslauthd", saslauthd),
        ];
        Self { tryout, files }
    }

    fn ask(&self, more: &[&str]) -> (i32, Value) {
        let ran = self.run(more);
        let said = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        (ran.code, said)
    }

    fn run(&self, more: &[&str]) -> Ran {
        let mut arguments = vec!["--json".to_owned(), "doctor".to_owned()];
        for (option, file) in &self.files {
            arguments.extend([(*option).to_owned(), file.display().to_string()]);
        }
        arguments.extend(more.iter().map(|one| (*one).to_owned()));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.tryout.commands.run(&arguments, "")
    }

    /// Changes a file, asks, and puts it back.
    fn with(&self, file: &Path, change: impl Fn(&str) -> String) -> (i32, Value) {
        let before = std::fs::read_to_string(file).expect("a file of try");
        let changed = change(&before);
        assert_ne!(changed, before, "{} was changed", file.display());
        std::fs::write(file, changed).expect("a file of try");
        let asked = self.ask(&[]);
        std::fs::write(file, before).expect("a file of try");
        asked
    }
}

#[test]
fn each_planted_fault_is_named_with_file_setting_and_remedy_and_nothing_else_is() {
    let tryout = Tryout::start();
    let consultation = Consultation::of(&tryout);
    let (code, said) = consultation.ask(&[]);
    assert_eq!((code, &said["found"]), (0, &Value::Array(Vec::new())), "a clean one: {said}");
    assert_eq!(said["looked_at"].as_array().map(Vec::len), Some(5), "{said}");
    let file =
        |option: &str| consultation.files.iter().find(|(name, _)| *name == option).expect("there is one").1.clone();
    let config = tryout.commands.config().to_owned();
    let add = |text: &'static str| move |before: &str| format!("{before}\n{text}\n");
    let replace = |from: &'static str, to: &'static str| move |before: &str| before.replace(from, to);
    let planted: [(PathBuf, Change, &str, &str); 7] = [
        (file("--dovecot"), Box::new(add("auth_cache_size = 10M")), "auth_cache_size = 10M", "auth_cache_size = 0"),
        (
            file("--radicale"),
            Box::new(replace("[auth]", "[auth]\ncache_logins = True")),
            "cache_logins = True",
            "False",
        ),
        (
            file("--saslauthd"),
            Box::new(replace("\"-m", "\"-c -m")),
            "OPTIONS=\"-c -m /var/run/saslauthd\"",
            "take -c out",
        ),
        (
            file("--nginx"),
            Box::new(replace("      internal;", "      internal;\n      proxy_cache answers;")),
            "proxy_cache answers",
            "proxy_cache off",
        ),
        (
            file("--nginx"),
            Box::new(replace("proxy_set_header X-Remote-User $account;", "")),
            "proxy_pass http",
            "proxy_set_header X-Remote-User $account",
        ),
        (
            file("--nginx"),
            Box::new(replace("auth_request_set", "underscores_in_headers on;\n      auth_request_set")),
            "underscores_in_headers on",
            "underscores_in_headers off",
        ),
        (
            config,
            Box::new(|before: &str| {
                let ldap = before.find("[ldap]").expect("try has LDAP");
                let (before, ldap) = before.split_at(ldap);
                format!("{before}{}in_clear = true\n", ldap.replacen("127.0.0.1:0", "0.0.0.0:0", 1))
            }),
            "ldap.in_clear = true",
            "listen on loopback",
        ),
    ];
    for (file, change, setting, remedy) in planted {
        let (code, said) = consultation.with(&file, change);
        let found = said["found"].as_array().expect("a list");
        assert_eq!((code, found.len()), (1, 1), "{setting}: {said}");
        let text = |key: &str| found[0][key].as_str().expect("a text").to_owned();
        assert!(text("place").starts_with(&file.display().to_string()), "{setting}: {said}");
        assert!(text("place").contains(", line "), "{setting}: {said}");
        assert!(text("setting").contains(setting) && text("remedy").contains(remedy), "{said}");
        assert!(!text("harm").is_empty());
    }
}

#[test]
fn debians_own_file_is_no_fault_until_saslauthd_is_started() {
    let tryout = Tryout::start();
    let consultation = Consultation::of(&tryout);
    let sockets = tryout.dir().join("saslauthd-sockets").display().to_string();
    std::fs::create_dir(&sockets).expect("a directory of ours");
    let file = consultation.files.iter().find(|(option, _)| *option == "--saslauthd").expect("there is one").1.clone();
    let options = format!("OPTIONS=\"-c -m {sockets}\"");
    std::fs::write(&file, format!("MECHANISMS=\"pam\"\n{options}\n")).expect("a file of ours");
    let (code, said) = consultation.ask(&[]);
    assert_eq!((code, &said["found"]), (0, &Value::Array(Vec::new())), "{said}");
    assert_eq!(said["notices"][0]["setting"], Value::String(options.clone()), "{said}");
    // When it ends, it ends all that is in its group of processes.
    let program = program::find("saslauthd").display().to_string();
    let arguments = [&*program, "-d", "-a", "sasldb", "-n", "0", "-c", "-m", &*sockets];
    let log = tryout.dir().join("saslauthd.log");
    let runs = Daemon::start(&program::find("setsid"), &arguments, &tryout.dir(), log, RunAs::Us);
    let said =
        wait_for("it is seen", || Some(consultation.ask(&[])).filter(|(code, _)| *code == 1).map(|(_, said)| said));
    assert_eq!(said["found"][0]["setting"], Value::String(options), "{said}\n{}", runs.log());
    std::fs::write(&file, format!("START=yes\nOPTIONS=\"-m {sockets}\"\n")).expect("a file of ours");
    let (code, said) = consultation.ask(&[]);
    let place = said["found"][0]["place"].as_str().expect("a text");
    assert!(code == 1 && place.starts_with("process "), "it has not read that yet: {said}");
    drop(runs);
    assert_eq!(consultation.ask(&[]).0, 0);
}

#[test]
fn what_cannot_be_looked_at_is_not_called_clean() {
    let tryout = Tryout::start();
    let mut consultation = Consultation::of(&tryout);
    let nginx = tryout.dir().join("nginx");
    let site = nginx.join("sites/dav");
    std::fs::create_dir(nginx.join("sites")).expect("a directory of ours");
    std::fs::create_dir(nginx.join("snippets")).expect("a directory of ours");
    std::fs::write(nginx.join("snippets/keep.conf"), "proxy_cache answers;\n").expect("a file of ours");
    std::fs::write(nginx.join("whole.conf"), "events {}\nhttp { include */dav; }\n").expect("a file of ours");
    let location = "location = /ask { include snippets/keep.conf; proxy_pass http://127.0.0.1:1/forward-auth; }";
    std::fs::write(&site, format!("server {{ {location} }}\n")).expect("a file of ours");
    let mut ask = |file: &Path| {
        consultation.files.retain(|(option, _)| *option != "--nginx");
        consultation.files.push(("--nginx", file.to_owned()));
        consultation.run(&[])
    };
    let ran = ask(&nginx.join("whole.conf"));
    assert!(ran.code == 1 && ran.out.contains("snippets/keep.conf, line 1"), "{ran:?}");
    for (file, says) in [(&site, "is not there"), (&nginx.join("snippets/keep.conf"), "is a part of")] {
        let ran = ask(file);
        assert!(ran.code == 2 && ran.err.contains(says) && ran.err.contains("nginx.conf"), "{ran:?}");
    }
    std::fs::remove_file(nginx.join("snippets/keep.conf")).expect("a file of ours");
    let ran = ask(&nginx.join("whole.conf"));
    assert!(ran.code == 2 && ran.err.contains("sites/dav, line 1"), "{ran:?}");
}

/// Where Dovecot listens behind the gateway.
fn upstream(tryout: &Tryout) -> String {
    let config = std::fs::read_to_string(tryout.commands.config()).expect("a file of try");
    let upstream = config.lines().find_map(|line| line.strip_prefix("upstream = \"")).expect("there is Dovecot");
    upstream.trim_end_matches('"').to_owned()
}

#[test]
fn a_door_at_which_the_master_user_gets_in_is_named() {
    let tryout = Tryout::start();
    let consultation = Consultation::of(&tryout);
    let upstream = upstream(&tryout);
    let ada = tryout.ada().login;
    let (code, said) = consultation.ask(&["--public", &upstream, "--mailbox", &ada]);
    assert_eq!((code, &said["found"][0]["place"]), (1, &Value::String(upstream.clone())), "{said}");
    assert!(said["found"][0]["remedy"].as_str().is_some_and(|remedy| remedy.contains("allow_real_nets")));
    // Another Dovecot, which knows no master user.
    let passdb = "passdb {\n  driver = passwd-file\n  args = {dir}/users\n}";
    let closed = Dovecot::start(passdb, &[("users", &format!("{ada}:{{PLAIN}}something::::::\n"))]);
    let (code, said) = consultation.ask(&["--public", &closed.imap().to_string(), "--mailbox", &ada]);
    assert_eq!(code, 0, "a door that says no: {said}");
    // The gateway takes no password before TLS, and the master user at no time.
    let (code, said) = consultation.ask(&["--public", &tryout.door.imap.to_string(), "--mailbox", &ada]);
    assert_eq!(code, 0, "{said}");
    // One that says nothing before TLS, and lets the master user in behind it.
    let tls = tryout.dir().join("tls");
    let secret = std::fs::read_to_string(tryout.dir().join("master-secret")).expect("a file of try");
    let master = format!("gateway:{{PLAIN}}{}\n", secret.trim_end());
    let settings = format!(
        "ssl = required\nssl_cert = <{{dir}}/certificate.pem\nssl_key = <{{dir}}/key.pem\n\
         passdb {{\n  driver = passwd-file\n  args = {{dir}}/masters\n  master = yes\n}}\n{passdb}"
    );
    let pem = |name: &str| std::fs::read_to_string(tls.join(name)).expect("a file of try");
    let files = [
        ("users", &*format!("{ada}:{{PLAIN}}something::::::\n")),
        ("masters", &master),
        ("certificate.pem", &pem("cert.pem")),
        ("key.pem", &pem("key.pem")),
    ];
    let open = Dovecot::start(&settings, &files);
    let door = open.imap().to_string();
    let (code, said) = consultation.ask(&["--public", &door, "--mailbox", &ada]);
    assert_eq!((code, &said["found"][0]["place"]), (1, &Value::String(door)), "{said}");
    // One that takes no password at all says nothing of it.
    let mute =
        Dovecot::start("passdb {\n  driver = static\n  args = nopassword=y\n}\nauth_mechanisms = external\n", &[]);
    let ran = tryout.commands.run(&["doctor", "--public", &mute.imap().to_string(), "--mailbox", &ada], "");
    assert!(ran.code == 75 && ran.err.contains("neither yes nor no"), "{ran:?}");
    let ran = tryout.commands.run(&["doctor", "--public", "192.0.2.1:143", "--mailbox", &ada], "");
    assert!(ran.code == 75 && ran.err.contains("not on this machine"), "{ran:?}");
}

#[test]
fn the_master_user_of_nginx_is_tried_where_there_is_no_gateway() {
    let tryout = Tryout::start();
    let ada = tryout.ada().login;
    let dovecot = upstream(&tryout);
    let doctor = |name: &str, config: &str| {
        let file = tryout.dir().join(name);
        std::fs::write(&file, config).expect("a file in a directory of ours");
        let arguments = ["--json", "doctor", "--public", &*dovecot, "--mailbox", &*ada];
        Commands::of(&file).run(&arguments, "")
    };
    let nginx = "[http.nginx_mail]\nmaster_user = \"gateway\"\nmaster_secret_file = \"master-secret\"\nkey_file = \"nginx-key\"\n";
    let ran = doctor("nginx-alone.toml", nginx);
    let said: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let found = said["found"].as_array().expect("a list");
    let doors = found.iter().filter(|one| one["place"] == Value::String(dovecot.clone())).count();
    assert_eq!((ran.code, doors), (1, 1), "{said}");
    let ran = doctor("nobody.toml", "");
    assert!(ran.code == 2 && ran.err.contains("[http.nginx_mail]"), "{ran:?}");
}
