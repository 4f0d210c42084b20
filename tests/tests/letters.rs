//! Letters of the real program, laid into a directory.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use valetkey_tests::clock::wait_for;
use valetkey_tests::tryout::Tryout;

#[test]
fn an_app_password_that_is_made_is_told_of_without_its_secret() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let key = tryout.commands.make_key(&ada.login, "Thunderbird on laptop", &[]);
    let letters = PathBuf::from(tryout.description["letters"].as_str().expect("try.json names it"));
    let find = |text: &str| {
        std::fs::read_dir(&letters).ok()?.flatten().find_map(|entry| {
            let is_whole = entry.path().extension().is_some_and(|extension| extension == "eml");
            let letter = std::fs::read_to_string(entry.path()).ok().filter(|_| is_whole)?;
            letter.contains(text).then(|| (entry.path(), letter.replace("=\r\n", "")))
        })
    };
    let (path, letter) = wait_for("a letter", || find("Subject: A new app password was made: Thunderbird on laptop"));
    for told in ["To: ada@home.example", "Auto-Submitted: auto-generated", "/app-passwords"] {
        assert!(letter.contains(told), "{told} is not in {letter}");
    }
    for secret in [&key.secret, &key.letters(), &ada.primary_password, &ada.totp_secret] {
        assert!(!letter.contains(secret.as_str()), "a secret is in {letter}");
    }
    let mode = |path: &std::path::Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&letters)), (0o600, 0o700));
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
    wait_for("another", || find("Subject: An app password was revoked: Thunderbird on laptop"));
    tryout.stop();
}
