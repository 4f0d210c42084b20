//! Certificates by ACME, from Pebble: Let's Encrypt's own server for tests.

use std::io::Read as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use valetkey_domain::{Clock as _, Timestamp};
use valetkey_tests::asking::{Pebble, free_port};
use valetkey_tests::client::imap::socket;
use valetkey_tests::clock::{RealClock, wait_for};
use valetkey_tests::program;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};

const ADA: &str = "ada@example.org";
const NAME: &str = "mail.example.org";
const GREETING: &str = "+OK Valetkey ready.\r\n";

/// A server that does not run yet, with POP3 at the address and no certificate but by ACME; and a Pebble that issues it.
fn with_pop3() -> (Server, SocketAddr, Pebble) {
    let server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    let (address, proofs) = (free_port(), free_port());
    let pebble = Pebble::prepare(server.certificates(), proofs);
    let pop3 = format!(
        "[pop3]\nlisten_tls = [\"{address}\"]\nupstream = \"127.0.0.1:1\"\nmaster_user = \"gateway\"\n\
         master_secret_file = \"master-secret\"\n"
    );
    server.configure(&(section(&pebble.directory(), proofs) + &pop3));
    (server, address, pebble)
}

fn section(directory: &str, proofs: SocketAddr) -> String {
    format!(
        "[acme]\ndirectory = \"{directory}\"\nauthorities = \"ca.pem\"\ndomains = [\"{NAME}\"]\naccept_terms = true\n\
         contact = \"postmaster@example.org\"\nlisten = [\"{proofs}\"]\nretry_s = 1\n\n"
    )
}

/// What is said first to who trusts an authority; or why it is not trusted.
fn greeting(address: SocketAddr, authority: &Path) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(authority).map_err(|error| error.to_string())?;
    roots.add(authority).map_err(|error| error.to_string())?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(NAME).expect("a name");
    let tls = ClientConnection::new(Arc::new(config), name).expect("a configuration that works");
    let mut heard = vec![0; GREETING.len()];
    StreamOwned::new(tls, socket(address)).read_exact(&mut heard).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

fn await_trust(address: SocketAddr, authority: &Path, server: &Server) {
    wait_for("a certificate that is trusted", || {
        let heard = greeting(address, authority);
        assert!(!server.log().contains("panicked"), "{}", server.log());
        heard.ok().map(|heard| assert_eq!(heard, GREETING))
    });
}

fn await_line(server: &Server, parts: &[&str]) {
    wait_for(&format!("a line with {parts:?}"), || {
        server.log().lines().any(|line| parts.iter().all(|part| line.contains(part))).then_some(())
    });
}

#[test]
fn a_certificate_comes_without_a_restart_when_its_server_answers_and_a_restart_asks_for_no_other() {
    let (mut server, address, mut pebble) = with_pop3();
    let kept = server.data().join("acme");
    server.start_again();
    // Nobody issues one: what is shown is self-signed, everything works, and it is tried again.
    await_line(&server, &["no certificate could be had", "it does not answer", "again_in_s=1"]);
    assert_eq!(greeting(address, &kept.join("certificate.pem")).as_deref(), Ok(GREETING));
    pebble.start();
    let root = pebble.root();
    await_trust(address, &root, &server);
    await_line(&server, &["a certificate has come", "until=", "renewal="]);
    for file in ["certificate.pem", "account.json"] {
        let mode = kept.join(file).metadata().expect("it is kept").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let account = std::fs::read_to_string(kept.join("account.json")).expect("it is kept");
    let account: serde_json::Value = serde_json::from_str(&account).expect("JSON");
    let log = server.log();
    assert!(!log.contains("PRIVATE KEY") && !log.contains(account["key_pkcs8"].as_str().expect("a key")), "{log}");
    server.kill();
    let asked = pebble.asked();
    assert!(asked > 0, "{}", pebble.log());
    server.start_again();
    assert_eq!(greeting(address, &root).as_deref(), Ok(GREETING));
    assert_eq!(pebble.asked(), asked, "{}", pebble.log());
    assert!(!server.log().contains("asking for a certificate"), "{}", server.log());
}

#[test]
fn an_app_that_asks_for_a_name_gets_its_certificate_and_others_get_that_of_the_files() {
    let mut server = Server::prepare(Setup { mailboxes: &[ADA], ..Setup::on(Store::Sqlite) }, |_| Place::Anywhere);
    let proofs = free_port();
    let mut pebble = Pebble::prepare(server.certificates(), proofs);
    pebble.start();
    server.configure(&section(&pebble.directory(), proofs));
    server.start_again();
    server.admin().make_person(ADA);
    let (_, secret) = server.admin().make_key(ADA, "phone");
    let port = server.door().imaps.port();
    let sign_in = |host: &str, authority: &str| {
        let mut command = program::command("curl");
        command.args(["-sS", "--cacert", authority, "-u", &format!("{ADA}:{secret}")]);
        command.args(["--resolve", &format!("{host}:{port}:127.0.0.1"), "-X", "NOOP"]);
        program::run(command.arg(format!("imaps://{host}:{port}/")), "")
    };
    let root = pebble.root().display().to_string();
    wait_for("a sign-in by the name that was proved", || (sign_in(NAME, &root).code == 0).then_some(()));
    let by_files = sign_in("localhost", &server.file("ca.pem"));
    assert_eq!(by_files.code, 0, "{by_files:?}");
}

#[test]
fn a_certificate_is_renewed_in_time_even_if_its_server_has_forgotten_the_account() {
    let (mut server, address, mut pebble) = with_pop3();
    pebble.start();
    server.start_again();
    await_trust(address, &pebble.root(), &server);
    server.kill();
    pebble.stop();
    let (day, now) = (Duration::from_secs(86_400), RealClock.now());
    let date = |moment: Timestamp| {
        let text = moment.to_string();
        let number = |part: &str| part.parse::<u8>().expect("a number");
        rcgen::date_time_ymd(text[..4].parse().expect("a year"), number(&text[5..7]), number(&text[8..10]))
    };
    let mut old = rcgen::CertificateParams::new(vec![NAME.to_owned()]).expect("a name");
    (old.not_before, old.not_after) = (date(now - day * 70), date(now + day * 20));
    let key = rcgen::KeyPair::generate().expect("a key");
    let old = old.self_signed(&key).expect("a certificate").pem();
    let text = format!("Issued by way of {}\n{old}{}", pebble.directory(), key.serialize_pem());
    std::fs::write(server.data().join("acme/certificate.pem"), text).expect("a file of ours");
    server.start_again();
    await_line(&server, &["no certificate could be had", "it does not answer"]);
    assert_eq!(greeting(address, &server.data().join("acme/certificate.pem")).as_deref(), Ok(GREETING));
    // It knows nothing any more, not even itself.
    pebble.start();
    await_trust(address, &pebble.root(), &server);
    await_line(&server, &["no certificate could be had", "(accountDoesNotExist)"]);
    await_line(&server, &["an account was made"]);
}

#[test]
fn a_proof_that_is_not_found_and_a_server_that_speaks_no_acme_are_said() {
    let (mut server, address, mut pebble) = with_pop3();
    pebble.start();
    let elsewhere = free_port();
    let section = |directory: &str| {
        let pop3 =
            "[pop3]\nupstream = \"127.0.0.1:1\"\nmaster_user = \"gateway\"\nmaster_secret_file = \"master-secret\"\n";
        section(directory, elsewhere) + pop3 + &format!("listen_tls = [\"{address}\"]\n")
    };
    let refused = ["no certificate could be had", "the proof for mail.example.org at port 80 there", "(connection)"];
    let no_acme = ["no certificate could be had", "with status 404"];
    for (directory, parts) in [(pebble.directory(), &refused[..]), (pebble.directory() + "/x", &no_acme)] {
        server.configure(&section(&directory));
        server.start_again();
        await_line(&server, parts);
        assert_eq!(greeting(address, &server.data().join("acme/certificate.pem")).as_deref(), Ok(GREETING));
        server.kill();
    }
}
