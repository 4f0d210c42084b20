//! Valetkey's own configuration: what passes in clear, and certificates that end.

use valetkey_connectors::acme::CertificateFacts;
use valetkey_domain::Timestamp;

use super::{Finding, Grade};
use crate::assembly;
use crate::config::{Config, Listen};

/// The certificates that soon nobody will trust. What cannot be read is for `check-config` to say, and what comes by ACME may
/// be for the server's own eyes.
pub(crate) fn certificates(config: &Config, now: Timestamp) -> Vec<Finding> {
    let by_acme = config.acme.as_ref().map(|_| assembly::acme_directory(config).join("certificate.pem"));
    let files = assembly::certificate_files(config).into_iter().map(|(chain, _)| (chain, "renew it"));
    let files = files.chain(by_acme.map(|file| (file, "the log says why no new one has come")));
    let mut found = Vec::new();
    for (file, remedy) in files {
        let Some(facts) = std::fs::read(&file).ok().and_then(|pem| CertificateFacts::read(&pem)) else { continue };
        if facts.valid.ends_soon(now) {
            found.push(Finding {
                grade: Grade::Fault,
                place: file.display().to_string(),
                setting: format!("the certificate ends on {}", facts.valid.until),
                harm: "apps refuse to connect then, or teach their owners to trust whatever is there".into(),
                remedy: remedy.into(),
            });
        }
    }
    found
}

/// What is allowed there and would let others read app passwords.
pub(crate) fn own(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut look = |section: &str, number: usize, in_clear: bool, listen: &[Listen]| {
        if in_clear && listen.iter().any(Listen::is_elsewhere) {
            found.push(Finding {
                grade: Grade::Fault,
                place: config.place(section, number, "in_clear"),
                setting: format!("{section}.in_clear = true"),
                harm: "app passwords cross a network in clear, and whoever listens there has them".into(),
                remedy: "listen on loopback or on a socket, use TLS, or put a tunnel between".into(),
            });
        }
    };
    if let Some(ldap) = &config.ldap {
        look("ldap", 0, ldap.in_clear, &ldap.listen);
    }
    look("http", 0, config.http.in_clear, &config.http.listen);
    for (number, one) in config.dovecot_auth.iter().enumerate() {
        look("dovecot_auth", number, one.in_clear, &one.listen);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_ends_soon_is_named_whether_it_came_in_a_file_or_by_acme() {
        let dir = tempfile::tempdir().expect("a directory");
        let write = |name: &str, year: i32| {
            let mut made = rcgen::CertificateParams::new(vec!["a.example".into()]).expect("a name");
            made.not_after = rcgen::date_time_ymd(year, 1, 1);
            let made = made.self_signed(&rcgen::KeyPair::generate().expect("a key")).expect("a certificate");
            std::fs::write(dir.path().join(name), made.pem()).expect("a file");
        };
        std::fs::create_dir(dir.path().join("acme")).expect("a directory");
        let (files, acme) = (
            "[tls]\ncertificate = \"c\"\nkey = \"k\"\n[[tls.also]]\ncertificate = \"d\"\nkey = \"k\"\n",
            "[acme]\ndomains = [\"a.example\"]\naccept_terms = true\nlisten = [\"[::]:80\"]\n",
        );
        let text = format!("[server]\ndata_dir = \".\"\n{files}{acme}");
        let config_file = dir.path().join("valetkey.toml");
        std::fs::write(&config_file, text).expect("a file");
        let config = Config::read(Some(&config_file), []).expect("it is good");
        let now: Timestamp = "2029-12-25T00:00:00Z".parse().expect("a moment");
        assert_eq!(certificates(&config, now), [], "nothing is there");
        for (name, year) in [("c", 2040), ("d", 2030), ("acme/certificate.pem", 2030)] {
            write(name, year);
        }
        let found: Vec<String> = certificates(&config, now).iter().map(ToString::to_string).collect();
        let d = dir.path().display();
        assert!(found[0].starts_with(&format!("{d}/d: the certificate ends on 2030-01-01T")), "{found:?}");
        assert!(found[1].contains("acme/certificate.pem: the certificate ends on"), "{found:?}");
        assert_eq!(found.len(), 2);
    }
}
