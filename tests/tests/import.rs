//! Importing the files of other programs, with the passwords that `doveadm pw` and `openssl passwd` hashed.

use std::path::PathBuf;

use tempfile::TempDir;
use valetkey_tests::program::{self, Ran};
use valetkey_tests::server::{Server, Setup, Store};

const PASSWORD: &str = "correct horse battery";
/// Schemes of Dovecot that are checked after an import, or hashed at once. Its Argon2 needs more memory than the default
/// leaves to a thread, and is checked by the hasher's own tests.
const SCHEMES: &[&str] = &[
    "SHA512-CRYPT",
    "SHA256-CRYPT",
    "BLF-CRYPT",
    "CRYPT",
    "SSHA",
    "SSHA256",
    "SSHA512.hex",
    "SHA",
    "SHA256.hex",
    "SHA512",
    "PBKDF2",
    "BLF-CRYPT.b64",
    "PLAIN",
    "CLEARTEXT.b64",
];

fn dovecot(scheme: &str) -> String {
    let mut command = program::command("doveadm");
    program::run(command.args(["pw", "-s", scheme, "-p", PASSWORD]), "").succeeded().trim().to_owned()
}

struct World {
    server: Server,
    files: TempDir,
}

impl World {
    fn new() -> Self {
        let files = tempfile::tempdir().expect("a temporary directory");
        Self { server: Server::start(Setup::on(Store::Sqlite)), files }
    }

    fn file(&self, name: &str, lines: &[String]) -> PathBuf {
        let file = self.files.path().join(name);
        std::fs::write(&file, lines.join("\n") + "\n").expect("a file of ours");
        file
    }

    fn import(&self, file: &str, more: &[&str]) -> Ran {
        self.server.run(&[&["account", "import", file, "--json"], more].concat(), "")
    }

    /// What a person is told who changes the password and has no code.
    fn without_code(&self, login: &str, password: &str) -> String {
        let input = format!("{password}\n000000\nanother password\n");
        let ran = self.server.run(&["account", "change-password", login, "--password-stdin"], &input);
        assert_eq!(ran.code, 1, "{ran:?}");
        ran.err
    }

    fn kept(&self, login: &str) -> String {
        let store = rusqlite::Connection::open(self.server.data().join("valetkey.db")).expect("the store opens");
        let sql = "SELECT hash FROM primary_password p JOIN account a ON a.id = p.account_id WHERE a.login = ?1";
        store.query_row(sql, [login], |row| row.get(0)).expect("a password is kept")
    }
}

fn counts(made: u64, there: u64, refused: u64) -> String {
    format!("{{\"already_there\":{there},\"dry_run\":false,\"made\":{made},\"refused\":{refused}}}\n")
}

#[test]
fn what_dovecot_hashed_signs_in_and_is_then_kept_as_ours() {
    let world = World::new();
    let people: Vec<String> = (0..SCHEMES.len()).map(|n| format!("person{n}")).collect();
    let lines = people.iter().zip(SCHEMES);
    let lines: Vec<String> =
        lines.map(|(login, scheme)| format!("{login}:{}:1000:1000:Person of {scheme}::", dovecot(scheme))).collect();
    let file = world.file("users", &lines).display().to_string();
    let ran = world.import(&file, &[]);
    assert_eq!((ran.code, ran.out, ran.err), (0, counts(14, 0, 0), String::new()));
    for (login, scheme) in people.iter().zip(SCHEMES) {
        assert!(world.without_code(login, "correct horse batterz").contains("the password is wrong"), "{scheme}");
        assert!(world.without_code(login, PASSWORD).contains("the code is wrong"), "{scheme}");
        let kept = world.kept(&format!("{login}@example.org"));
        assert!(kept.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{scheme} is kept as {kept}");
    }
    assert_eq!(world.import(&file, &[]).out, counts(0, 14, 0));
    assert!(world.server.run(&["account", "show", "person0"], "").succeeded().contains("Person of SHA512-CRYPT"));
}

#[test]
fn an_import_that_stopped_goes_on_when_it_is_done_again() {
    let mut world = World::new();
    let hash = dovecot("SHA256-CRYPT");
    let line = |n: u32| format!("person{n},{hash},\"Person, {n}\",p{n};q{n}");
    let lines: Vec<String> =
        std::iter::once("\u{feff}login,hash,name,aliases".to_owned()).chain((0..1200).map(line)).collect();
    let half = world.file("half.csv", &lines[..700]).display().to_string();
    let whole = world.file("whole.csv", &lines).display().to_string();
    let rehearsed = world.import(&whole, &["--dry-run"]).succeeded();
    assert!(rehearsed.contains("\"made\":1200"), "{rehearsed}");
    let held = world.server.run_elsewhere(&["account", "import", &whole], "");
    assert_eq!(held.code, 75, "{held:?}");
    assert!(held.err.contains("Run the same command again"), "{held:?}");
    assert_eq!(world.import(&half, &[]).succeeded(), counts(699, 0, 0));
    // And now without the server.
    world.server.kill();
    assert_eq!(world.import(&whole, &[]).succeeded(), counts(501, 699, 0));
    let shown = world.server.run(&["account", "show", "q1199"], "").succeeded();
    assert!(shown.contains("person1199@example.org") && shown.contains("Person, 1199"), "{shown}");
}

#[test]
fn each_wrong_line_is_named_and_no_password_is_shown() {
    let world = World::new();
    let good = "{SSHA}sVvHagj0gljmQ6oL7LsT0OQ6XyLW5XAL";
    let lines = [
        format!("ada:{good}"),
        "bob:$apr1$abc$51YrpNiEtKAQp4coykJmu.".to_owned(),
        "no colon, and secretive".to_owned(),
        format!("a b:{good}"),
        "carol:$2y$15$S4RAx1pK0zWZU5epoahJBuRHXbrGld3cv1vxaTNphXiqILLvxSj3u".to_owned(),
        "dan:{SSHA}secretive".to_owned(),
        "eve:secretive".to_owned(),
        format!("ada:{good}"),
        "fay:".to_owned(),
    ];
    let file = world.file(".htpasswd", &lines).display().to_string();
    let ran = world.import(&file, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (1, counts(2, 1, 6).as_str()), "{}", ran.err);
    let mut told: Vec<&str> = ran.err.lines().collect();
    told.sort_unstable();
    let expected = [
        "2: Apache's MD5 ($apr1$) is not checked here",
        "3: there is no ':' behind the user",
        "4: a login name cannot contain ' '",
        "5: the bcrypt hash takes too long to check: at most a cost of 14",
        "6: the hash is not encoded as its prefix says",
        "7: this is no hash that is known here",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (line, expected) in told.iter().zip(expected) {
        assert!(line.starts_with(&format!("{file}:{expected}")) && line.contains("; "), "{line}");
    }
    assert!(!ran.err.contains("secretive") && !ran.err.contains("S4RAx1"), "{}", ran.err);
    let missing = world.import("/nonexistent/users", &[]);
    assert_eq!(missing.code, 2, "{missing:?}");
    let input = format!("login,password\ngil,{PASSWORD}\n");
    let ran = world.server.run(&["account", "import", "-"], &input);
    assert_eq!((ran.code, ran.out.as_str()), (0, "1 account made, 0 there already, 0 lines refused.\n"), "{}", ran.err);
}
