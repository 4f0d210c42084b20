//! Reading in general, and what all sections have in common. What is one section's own is tested beside it.

use std::ffi::OsString;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// Reads a file with this text; in what is wrong it is called `valetkey.toml`.
pub(crate) fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("valetkey.toml");
    std::fs::write(&file, text).expect("a file");
    let environment = environment.iter().map(|(k, v)| (OsString::from(k), OsString::from(v)));
    let shown = dir.path().display().to_string();
    Config::read(Some(&file), environment).map_err(|e| e.to_string().replace(&format!("{shown}/"), ""))
}

/// A mail server behind the gateway, and what it needs.
pub(super) const IMAP: &str = "[imap]\nlisten_tls = [\"[::]:993\"]\nupstream = \"127.0.0.1:10143\"\nmaster_user = \"gateway\"\nmaster_secret_file = \"m\"\n";
pub(crate) const TLS: &str = "[tls]\ncertificate = \"c\"\nkey = \"k\"\n";

#[test]
fn an_empty_configuration_is_one() {
    let config = read("", &[]).expect("it is good");
    assert!(config.imap.is_none() && !config.http.listen.iter().any(Listen::is_elsewhere));
}

#[test]
fn a_mistake_names_the_file_the_line_the_key_and_the_remedy() {
    let cases = [
        ("[store]\n\nfiel = \"x\"\n", "valetkey.toml, line 3: unknown field `fiel`, expected one of `file`, `url`"),
        ("[imap\n", "valetkey.toml, line 1:"),
        (
            "[http]\nlisten = [\"localhost\"]\n",
            "valetkey.toml, line 2: 'localhost' is nowhere to listen; write it as unix:/run",
        ),
        ("[http]\nservice = \"telnet\"\n", "valetkey.toml, line 2: 'telnet' is no service; there are imap"),
        ("[http]\ntrusted_peers = [\"10.0.0.0/33\"]\n", "valetkey.toml, line 2: '10.0.0.0/33' is not a network"),
        (
            "[accounts]\napp_password_letters = 20\n",
            "valetkey.toml, line 2: an app password has 16 or 24 letters, not 20",
        ),
        (
            "[throttle]\naccount_burst = \"many\"\n",
            "valetkey.toml, line 2: of the wrong kind: string \"many\", expected a whole number (in: account_burst = …)",
        ),
        ("[store]\npostgres://u:hunter2@h/db?sslmode=require\n", "valetkey.toml, line 2: "),
        ("[store]\nuri = \"postgres://u:hunter2@h/db\"\n", "valetkey.toml, line 2: unknown field `uri`"),
        ("[http]\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]\n", "valetkey.toml: 127.0.0.1:1 is listened on twice"),
        (
            "[throttle]\nrefusal_tick_ms = 86400000\n",
            "valetkey.toml, line 2: 86400000 is not a whole number from 1 to 1000",
        ),
        ("[accounts]\npassword_hash_passes = 0\n", "valetkey.toml, line 2: 0 is not a whole number from 1 to"),
        ("[accounts]\npassword_hash_kib = 65537\n", "valetkey.toml: accounts.password_hash_kib is more than all"),
        ("[accounts]\ndefault_domain = \"exa mple.org\"\n", "valetkey.toml, line 2: 'exa mple.org' is no domain"),
        ("[store]\nfile = \"a\"\nurl_file = \"b\"\n", "valetkey.toml: store.url_file excludes store.url and"),
        ("[nonsense]\n", "valetkey.toml, line 1: unknown field `nonsense`"),
        (
            "[store]\nfile = \"a\"\nurl = \"postgres://x\"\n",
            "valetkey.toml, line 3: store.url and store.file exclude each other",
        ),
        (
            "[http]\nlisten = [\"127.0.0.1:1\", \"[::]:9440\"]\n",
            "valetkey.toml, line 2: http.listen has an address that is not on this machine's loopback",
        ),
        ("[http]\nconnections = 0\n", "valetkey.toml, line 2: 0 is not a whole number from 1 to"),
        (IMAP, "valetkey.toml, line 3: [imap] needs a certificate: add a section [tls]"),
    ];
    for (text, message) in cases {
        let error = read(text, &[]).expect_err(text);
        assert!(error.starts_with(message), "{text}: {error}");
        assert!(!error.contains("hunter2"), "a password is shown");
    }
}

#[test]
fn what_is_found_after_reading_has_the_place_of_its_own_section() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("valetkey.toml");
    let section = "[[dovecot_auth]]\nlisten = [\"0.0.0.0:1\"]\nin_clear = true\n";
    std::fs::write(&file, format!("{section}{}", section.replace(":1", ":2"))).expect("a file");
    let config = Config::read(Some(&file), []).expect("it is good");
    let places: Vec<String> = crate::doctor::own(&config).into_iter().map(|found| found.place).collect();
    assert_eq!(places, [3, 6].map(|line| format!("{}, line {line}", file.display())));
}

#[test]
fn whatever_needs_a_certificate_says_both_ways_to_one() {
    for text in [
        "[imap]\nupstream = \"127.0.0.1:143\"\nlisten_tls = [\"[::]:993\"]\nmaster_user = \"g\"\nmaster_secret_file = \"s\"\n",
        "[dav]\nupstream = \"127.0.0.1:5232\"\nlisten_tls = [\"[::]:443\"]\n",
        "[ldap]\nbase = \"dc=a\"\nlisten_tls = [\"[::]:636\"]\n",
        "[portal]\naddress = \"https://a.example\"\nlisten_tls = [\"[::]:443\"]\n",
    ] {
        let error = read(text, &[]).expect_err(text);
        let both = "needs a certificate: add a section [tls] with `certificate` and `key`, or [acme]";
        assert!(error.ends_with(both), "{text}: {error}");
    }
}

#[test]
fn a_default_domain_is_kept_in_its_canonical_spelling() {
    let config = read("[accounts]\ndefault_domain = \" Example.ORG\"\n", &[]).expect("it is good");
    assert_eq!(config.accounts.default_domain.as_deref(), Some("example.org"));
}

#[test]
fn the_environment_stands_over_the_file() {
    let config = read(
        "[accounts]\ndefault_domain = \"a.example\"\n",
        &[
            ("VALETKEY__ACCOUNTS__DEFAULT_DOMAIN", "b.example"),
            ("VALETKEY__POLICY__ADMIN_MAY_CREATE", "true"),
            ("VALETKEY__HTTP__LISTEN", "[\"127.0.0.1:1\", \"[::1]:1\"]"),
            ("PATH", "/bin"),
        ],
    )
    .expect("it is good");
    assert_eq!(config.accounts.default_domain.as_deref(), Some("b.example"));
    assert!(config.policy.admin_may_create);
    assert_eq!(config.http.listen.len(), 2);
    let imap = format!("{TLS}{IMAP}");
    let config = read(&imap, &[("VALETKEY__IMAP__MASTER_USER", "other")]).expect("it is good");
    assert_eq!(config.imap.expect("it is there").master_user.as_deref(), Some("other"));
    let error = read(&imap, &[("VALETKEY__IMAP__UPSTREAM", "192.0.2.1:143")]).expect_err("in clear");
    assert!(error.starts_with("valetkey.toml, line 6: imap.upstream is not on this machine"), "{error}");
    let error = read("", &[("VALETKEY__HTTP__LISTEN", "[\"nowhere\"]")]).expect_err("no address");
    assert!(error.starts_with("VALETKEY__HTTP__LISTEN in the environment: 'nowhere' is nowhere to listen"), "{error}");
    assert!(read("", &[("VALETKEY__X", "y")]).expect_err("no key").contains("VALETKEY__SECTION__KEY"));
}

/// A configuration: keys that are good by themselves, and now and then a line that is not.
fn file() -> impl Strategy<Value = String> {
    let good = [
        "store.file = \"a\"",
        "store.url = \"postgres://x\"",
        "tls = { certificate = \"c\", key = \"k\" }",
        "imap.upstream = \"192.0.2.1:143\"",
        "imap.master_user = \"gateway\"",
        "imap.master_secret_file = \"m\"",
        "imap.listen_after_tls = [\n\"192.0.2.1:143\"]",
        "accounts.default_domain = \"\"\"\nexample.org\"\"\"",
    ];
    let odd = prop_oneof![
        Just("[store]".to_owned()),
        Just("[nonsense]".to_owned()),
        Just("http.trusted_peers = [\n\"10.0.0.0/33\"]".to_owned()),
        "(store|tls|imap|http|accounts)\\.(url|key|listen|service|readers) = (\"x\"|true|-1|\\[\\]|\\{ a = 1 \\}|1e400)?",
        "\\PC{0,20}",
    ];
    let good = proptest::sample::subsequence(good.to_vec(), 0..=8).prop_shuffle();
    (good, proptest::collection::vec(odd, 0..3), any::<bool>()).prop_map(|(good, odd, is_first)| {
        let (good, odd) = (good.join("\n"), odd.join("\n"));
        if is_first { format!("{odd}\n{good}") } else { format!("{good}\n{odd}") }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_file_holds_a_mistake_in_it_names_a_line_that_is_there(text in file()) {
        if let Err(error) = read(&text, &[]) {
            let place = error.strip_prefix("valetkey.toml").and_then(|rest| rest.split_once("line "));
            let number = place.and_then(|(_, rest)| rest.split_once(':')?.0.parse::<usize>().ok());
            let last = text.matches('\n').count() + 1;
            prop_assert!(number.is_some_and(|n| (1..=last).contains(&n)), "{text:?}: {error}");
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::read(Some(Path::new("/nowhere/at/all.toml")), []).expect_err("it is not there");
    assert!(error.to_string().starts_with("/nowhere/at/all.toml cannot be read"));
}

/// Every key is documented: the book's page names what the types know.
#[test]
fn every_key_is_in_the_book() {
    let page = include_str!("../../../../docs/configuration.md");
    for section in [
        "[server]",
        "[store]",
        "[accounts]",
        "[policy]",
        "[throttle]",
        "[retention]",
        "[tls]",
        "[acme]",
        "[imap]",
        "[dav]",
        "[[dav.route]]",
        "[portal]",
        "[oauth]",
        "[[oauth.client]]",
        "[mail]",
        "[http]",
        "[[dovecot_auth]]",
        "[[saslauthd]]",
        "[ldap]",
        "[[other_server]]",
    ] {
        assert!(page.contains(&format!("## `{section}`")), "the book has no {section}");
        let error =
            toml::from_str::<Config>(&format!("{section}\n__no_such_key = 1\n")).expect_err("unknown").to_string();
        let keys: Vec<&str> = error.split('`').skip(1).step_by(2).filter(|k| *k != "__no_such_key").collect();
        assert!(!keys.is_empty(), "{error}");
        for key in keys {
            assert!(page.contains(&format!("| `{key}` |")), "the book does not say what {key} in {section} is");
        }
    }
}

#[test]
fn an_app_that_gets_an_app_password_by_a_page_is_told_of_a_server() {
    let portal = format!("{TLS}[portal]\naddress = \"https://a.example\"\nlisten_tls = [\"[::]:443\"]\n");
    for (dav, is_good) in [("", false), ("dav = \"dav.example\"\n", false), ("dav = \"https://dav.example/\"\n", true)]
    {
        let config = read(&format!("{portal}login_flow = true\n{dav}"), &[]);
        let message = config.err().unwrap_or_default();
        assert_eq!(message.contains("portal.login_flow needs portal.dav"), !is_good, "{dav}: {message}");
        assert_eq!(message.is_empty(), is_good, "{dav}: {message}");
    }
}
