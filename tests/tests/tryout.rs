//! `valetkey try` itself.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use valetkey_testkit::unprivileged;
use valetkey_tests::client::mail_app::{MailApp, Outcome, Way};
use valetkey_tests::client::portal::Browser;
use valetkey_tests::program::{self, Ran};
use valetkey_tests::tryout::Tryout;

fn mode(path: &Path) -> u32 {
    let found = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    found.permissions().mode() & 0o7777
}

#[test]
fn what_a_try_describes_is_there_and_private_and_is_gone_when_it_stops() {
    let tryout = Tryout::start();
    let dir = tryout.dir();
    for (name, expected) in [
        ("", 0o711),
        ("run", 0o711),
        ("try.json", 0o600),
        ("valetkey.toml", 0o600),
        ("master-secret", 0o600),
        ("tls/key.pem", 0o600),
        ("data", 0o700),
        ("data/key", 0o600),
        ("data/valetkey.db", 0o600),
        ("run/admin.sock", 0o600),
        ("nginx/key.pem", 0o600),
        ("dovecot/masters", 0o600),
    ] {
        assert_eq!(format!("{:o}", mode(&dir.join(name))), format!("{expected:o}"), "{name}");
    }
    let text = |key: &str| tryout.description[key].as_str().unwrap_or_else(|| panic!("no {key}")).to_owned();
    for (key, file) in [("ca", "ca.pem"), ("config", "valetkey.toml"), ("admin_socket", "run/admin.sock")] {
        assert_eq!(Path::new(&text(key)), dir.join(file), "{key}");
    }
    let address = |url: &str| {
        let host = url.split("//").last().unwrap_or_default().split('/').next().unwrap_or_default();
        host.replace("localhost", "127.0.0.1")
    };
    assert!(!tryout.log().contains("does not answer"), "a server behind starts too late: {}", tryout.log());
    let endpoints = tryout.description["endpoints"].as_object().expect("endpoints");
    what_programs_need_is_described(&tryout);
    for socket in ["dovecot_auth", "saslauthd"].map(|name| text_of(&endpoints[name])) {
        assert!(UnixStream::connect(&socket).is_ok(), "{socket} takes no connection");
    }
    let all: Vec<String> =
        endpoints.values().map(text_of).filter(|url| !url.starts_with('/')).map(|url| address(&url)).collect();
    for one in &all {
        assert!(TcpStream::connect(one).is_ok(), "{one} takes no connection");
    }
    for (person, login) in [(tryout.ada(), "ada@example.org"), (tryout.bob(), "bob@example.org")] {
        assert_eq!(person.login, login);
        let read = MailApp::Curl(Way::Imaps).read(&tryout.door, login, &person.key.secret);
        assert_eq!(read, Outcome::HasRead, "{login}");
    }
    let ran = tryout.commands.run(&["check-config"], "");
    assert_eq!(ran.code, 0, "{ran:?}");
    // Stopping sees that these are gone.
    let behind = tryout.behind();
    for server in ["dovecot", "nginx", "radicale"] {
        assert!(behind.iter().any(|name| name.starts_with(server)), "{server} is not among {behind:?}");
    }
    tryout.stop();
    for one in &all {
        assert!(TcpStream::connect(one).is_err(), "{one} still takes connections");
    }
}

fn what_programs_need_is_described(tryout: &Tryout) {
    for endpoint in [
        "imaps",
        "imap",
        "dav",
        "dav_gateway",
        "forward_auth",
        "nginx_mail",
        "token",
        "check",
        "dovecot_auth",
        "dovecot_auth_dav",
        "saslauthd",
        "ldap",
        "ldaps",
        "device_authorization",
        "oauth_token",
        "login_flow",
    ] {
        assert!(tryout.description["endpoints"][endpoint].is_string(), "{endpoint} is not described");
    }
    let described = |part: &str, key: &str| text_of(&tryout.description[part][key]);
    for (part, key) in
        [("ldap", "reader_secret_file"), ("nginx_mail", "key_file"), ("tls", "certificate"), ("tls", "key")]
    {
        assert!(Path::new(&described(part, key)).is_file(), "{part}.{key}");
    }
    assert_eq!(described("ldap", "reader"), format!("cn=reader,{}", described("ldap", "base")));
}

#[test]
fn the_tour_comes_out_as_it_should_by_itself() {
    let mut command = program::bounded(valetkey_tests::tryout::binary());
    let ran = program::run(command.args(["try", "--smoke", "--asking"]), "");
    assert_eq!(ran.code, 0, "{ran:?}");
    let steps = ran.out.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(steps >= 30 && !ran.out.contains("FAIL"), "{ran:?}");
    for said in [
        "as Postfix does: yes, ada@example.org",
        "by LDAP",
        "Second Dovecot: 1 connection closed; final in ",
        "it is not authorised any more",
        "as DAVx5 does: once",
    ] {
        assert!(ran.out.contains(said), "{said}: {ran:?}");
    }
}

/// Without root there is no Postfix: mail goes through Dovecot's submission service.
#[test]
fn the_tour_comes_out_as_it_should_for_an_ordinary_user_too() {
    let home = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).expect("ours");
    // The one that was built may lie where nobody else gets to.
    let binary = home.path().join("valetkey");
    std::fs::copy(valetkey_tests::tryout::binary(), &binary).expect("a program to copy");
    let mut command = match unprivileged() {
        Some((uid, gid)) => {
            let mut command = program::bounded(program::find("setpriv"));
            let ids = [format!("--reuid={uid}"), format!("--regid={gid}")];
            command.args(ids).args(["--clear-groups", "--"]).arg(&binary);
            command
        }
        None => program::bounded(binary),
    };
    let ran = program::run(command.args(["try", "--smoke"]).current_dir("/"), "");
    assert_eq!(ran.code, 0, "{ran:?}");
    for said in ["send a message with curl: from an address", "read that message over IMAPS: Subject: Sent with an app"]
    {
        assert!(ran.out.contains(said), "{said}: {ran:?}");
    }
    assert!(ran.out.contains("Everything came out as it should."), "{ran:?}");
}

#[test]
fn the_commands_of_the_tour_by_which_servers_ask_can_be_copied() {
    let tryout = Tryout::start();
    let tour = tryout.tour();
    let dn = "uid=ada@example.org,ou=people,dc=example,dc=org";
    for (begin, expected) in [
        ("printf 'VERSION", "\nOK\t1\tuser=ada@example.org\n"),
        ("testsaslauthd ", "0: OK \"Success.\""),
        ("ldapwhoami ", &*format!("dn:{dn}\n")),
        ("ldapsearch ", &format!("dn: {dn}\n")),
        ("curl -i -H \"X-Auth-Key", "auth-status: OK\r\n"),
        ("curl -i -u ", "x-remote-user: ada@example.org\r\n"),
        ("curl -d grant_type=password", "\"login\":\"ada@example.org\""),
        ("curl --json ", "{\"login\":\"ada@example.org\",\"outcome\":\"accepted\"}"),
    ] {
        let (what, command) = tour.iter().find(|(_, command)| command.starts_with(begin)).expect(begin);
        let ran = in_shell(command);
        assert!(ran.out.contains(expected), "{what}: {ran:?}");
    }
    assert!(tour.iter().all(|(what, _)| !what.contains("the Dovecot that asks")), "there is none");
}

/// A command of the tour by how it begins.
fn command_of(tour: &[(String, String)], begin: &str) -> String {
    tour.iter().find(|(_, command)| command.starts_with(begin)).expect(begin).1.clone()
}

fn in_shell(commands: &str) -> Ran {
    program::run(program::command("sh").args(["-c", commands]), "")
}

#[test]
fn the_commands_of_the_tour_for_apps_without_typing_can_be_copied() {
    let tryout = Tryout::start();
    let (tour, ada) = (tryout.tour(), tryout.ada());
    let portal = text_of(&tryout.description["portal"]);
    let browser = Browser::new(&portal, None, tryout.door.ca.clone());
    let path = |ran: &Ran| ran.out.lines().next().unwrap_or_default().replacen(&portal, "", 1);

    let asked = in_shell(&format!("{}\necho \"$tv\"", command_of(&tour, "tv=$(")));
    let page = browser.sign_in_at(&path(&asked), &ada);
    let code = path(&asked).replace("/device?user_code=", "");
    let done = browser.send("/device", &page, &[("user_code", &code), ("decision", "allow")]);
    assert!(done.heading().contains("is let in"), "{asked:?}: {done:?}");
    let tv = asked.out.lines().last().expect("what was answered");
    let read = in_shell(&format!("tv='{tv}'\n{}\necho \"$token\"", command_of(&tour, "token=$(")));
    assert!(read.out.contains("Subject: Welcome to Valetkey"), "{read:?}");
    let (token, list) = (read.out.lines().last().expect("a token"), browser.open("/authorised-apps"));
    let remove = list.text.split('"').find(|text| text.ends_with("/remove")).expect("it is listed").to_owned();
    browser.send(&remove, &browser.open(&remove), &[]);
    let (_, again) = tour.iter().find(|(what, _)| what.contains("Remove it at ")).expect("a step");
    let refused = in_shell(&format!("token='{token}'\n{again}"));
    assert_eq!(refused.code, 67, "{refused:?}");

    let begun = in_shell(&format!("{}\necho \"$app\"", command_of(&tour, "app=$(")));
    let page = browser.open(&path(&begun));
    let allow = [("label", "DAVx5"), ("scope", "calendars"), ("decision", "allow")];
    let done = browser.send(&path(&begun), &page, &allow);
    assert!(done.heading().contains("gets its app password"), "{begun:?}: {done:?}");
    let app = begun.out.lines().last().expect("what was answered");
    let (_, poll) = tour.iter().find(|(what, _)| what.contains("an app password of its own")).expect("a step");
    let got = in_shell(&format!("app='{app}'\n{poll}"));
    assert!(got.out.contains("\"loginName\":\"ada@example.org\""), "{got:?}");
}

#[test]
fn the_commands_of_the_tour_for_mail_and_calendars_can_be_copied() {
    let tryout = Tryout::start();
    let tour = tryout.tour();
    for (what, expected) in [
        ("Read a message with", "Subject: Welcome to Valetkey"),
        ("by POP3", "Subject: Welcome to Valetkey"),
        ("by ManageSieve", ""),
        ("through Valetkey's gateway", "<multistatus"),
        ("through an nginx", "<multistatus"),
    ] {
        let (title, command) = tour.iter().find(|(title, _)| title.contains(what)).expect(what);
        let ran = in_shell(command);
        assert!(ran.code == 0 && ran.out.contains(expected), "{title}: {ran:?}");
    }
    let sieve = command_of(&tour, "echo ").replace("--upload", "--list");
    assert!(in_shell(&sieve).out.contains("\"tour\""), "{sieve}");
}

#[test]
fn a_try_has_a_dovecot_that_asks_if_it_is_wanted() {
    let tryout = Tryout::start_asking();
    let (ada, imap) = (tryout.ada(), tryout.url("imap_asking"));
    let sign_in = |secret: &str| {
        let mut command = program::command("curl");
        let user = format!("{}:{secret}", ada.login);
        program::run(command.args(["--silent", "--max-time", "20", "--user", &user, &format!("imap://{imap}/")]), "")
            .code
    };
    assert_eq!((sign_in(&ada.key.secret), sign_in(&ada.primary_password)), (0, 67));
    assert!(tryout.tour().iter().any(|(what, _)| what.contains("the Dovecot that asks")));
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!(
        (&revoked["other_servers"][0]["name"], &revoked["other_servers"][0]["state"]),
        (&"Second Dovecot".into(), &"cut".into())
    );
    assert_eq!(sign_in(&ada.key.secret), 67);
}

#[test]
fn a_try_empties_no_directory_that_is_not_its_own() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let treasure = dir.path().join("treasure");
    std::fs::write(&treasure, "gold").expect("a file in a directory of ours");
    let mut command = program::bounded(valetkey_tests::tryout::binary());
    let ran = program::run(command.args(["try", "--dir"]).arg(dir.path()), "");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("is not empty"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(&treasure).expect("it is still there"), "gold");
}

#[test]
fn a_try_leaves_alone_what_another_one_uses_or_owns() {
    let tryout = Tryout::start();
    let dir = tryout.dir().to_str().expect("a path of ours").to_owned();
    let try_in = |dir: &str| {
        program::run(program::bounded(valetkey_tests::tryout::binary()).args(["try", "--smoke", "--dir", dir]), "")
    };
    let second = try_in(&dir);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.err.contains("another `valetkey try` is running in"), "{second:?}");
    let read = MailApp::Curl(Way::Imaps).read(&tryout.door, "ada@example.org", &tryout.ada().key.secret);
    assert_eq!(read, Outcome::HasRead, "the first goes on");
    if rustix::process::geteuid().is_root() {
        let home = tempfile::tempdir().expect("a temporary directory");
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).expect("ours");
        let theirs = home.path().join("theirs");
        std::fs::create_dir(&theirs).expect("a directory");
        std::os::unix::fs::chown(&theirs, Some(65534), Some(65534)).expect("root may");
        let refused = try_in(theirs.to_str().expect("a path of ours"));
        assert!(refused.code == 1 && refused.err.contains("belongs to somebody else"), "{refused:?}");
        let closed = home.path().join("closed");
        std::fs::create_dir(&closed).expect("a directory");
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).expect("ours");
        let refused = try_in(closed.join("inside").to_str().expect("a path of ours"));
        assert!(refused.code == 1 && refused.err.contains("may not pass through"), "{refused:?}");
    }
}

#[test]
fn a_try_runs_in_a_directory_with_a_blank_in_its_name() {
    let home = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).expect("ours");
    let dir = home.path().join("my try");
    let mut command = program::bounded(valetkey_tests::tryout::binary());
    let ran = program::run(command.args(["try", "--smoke", "--dir", dir.to_str().expect("a path of ours")]), "");
    assert!(ran.code == 0 && ran.out.contains("Everything came out as it should."), "{ran:?}");
}

fn text_of(value: &serde_json::Value) -> String {
    value.as_str().expect("a text").to_owned()
}
