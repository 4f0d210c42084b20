//! The server's certificates, read again when their files change, without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use valetkey_accounts::Stop;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Certificate chains and their keys, each as two PEM files that may be replaced at any time. An app gets the first that
/// has the name it asks for (SNI), or else the first of all.
pub struct Certificates(Box<[Pair]>);

struct Pair {
    chain: PathBuf,
    key: PathBuf,
    current: ArcSwap<CertifiedKey>,
    /// When the files had changed last, as they were first read.
    first_read: [Option<SystemTime>; 2],
}

/// Why certificates could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read, or is not PEM.
    #[error("{path} cannot be read as PEM: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// There is no certificate in the file.
    #[error("{0} has no certificate in it")]
    Empty(PathBuf),
    /// The key does not belong to the certificate, or is of a kind that is not supported.
    #[error("the key {key} does not fit the certificate {chain}")]
    Mismatch {
        /// The certificate's file.
        chain: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

impl Certificates {
    /// Reads the files: of each pair the chain's and the key's.
    pub fn read(pairs: &[(PathBuf, PathBuf)]) -> Result<Arc<Self>, CertificateError> {
        let pair = |(chain, key): &(PathBuf, PathBuf)| {
            let first_read = changed_at(chain, key);
            let current = ArcSwap::from_pointee(load(chain, key)?);
            Ok(Pair { chain: chain.clone(), key: key.clone(), current, first_read })
        };
        Ok(Arc::new(Self(pairs.iter().map(pair).collect::<Result<_, CertificateError>>()?)))
    }

    /// The TLS settings that use them: TLS 1.2 and 1.3.
    pub fn tls(self: &Arc<Self>) -> Arc<ServerConfig> {
        let mut provider = aws_lc_rs::default_provider();
        // AES-128 first, by our choice and not the client's: SHA-384 was an eighth of a handshake.
        provider.cipher_suites.sort_by_key(|suite| !format!("{:?}", suite.suite()).contains("AES_128"));
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .expect("the provider has every default version")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.ignore_client_order = true;
        config.send_tls13_tickets = 1;
        match aws_lc_rs::Ticketer::new() {
            Ok(ticketer) => config.ticketer = ticketer,
            Err(error) => tracing::warn!(%error, "TLS sessions cannot be resumed"),
        }
        Arc::new(config)
    }

    /// Looks at the files every two seconds until `stop`; what is new and good is used at once, what is broken is
    /// said once and the old one kept.
    pub async fn watch(self: Arc<Self>, mut stop: Stop) {
        let mut seen: Vec<_> = self.0.iter().map(|pair| pair.first_read).collect();
        while stop.pause(LOOK).await {
            for (pair, seen) in self.0.iter().zip(&mut seen) {
                let now = changed_at(&pair.chain, &pair.key);
                if now != *seen {
                    *seen = now;
                    pair.read_again();
                }
            }
        }
    }
}

impl Pair {
    fn read_again(&self) {
        match load(&self.chain, &self.key) {
            Ok(new) => {
                self.current.store(Arc::new(new));
                tracing::info!(file = %self.chain.display(), "the certificate was read again");
            }
            Err(error) => tracing::error!(%error, "the new certificate cannot be used; the old one stays"),
        }
    }

    fn has(&self, name: &ServerName<'_>) -> bool {
        let current = self.current.load();
        let certificate = current.cert.first().and_then(|first| ParsedCertificate::try_from(first).ok());
        certificate.is_some_and(|certificate| verify_server_name(&certificate, name).is_ok())
    }
}

fn changed_at(chain: &Path, key: &Path) -> [Option<SystemTime>; 2] {
    [chain, key].map(|path| path.metadata().and_then(|m| m.modified()).ok())
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|pair| &pair.chain)).finish()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let first = self.0.first()?;
        let name = hello.server_name().filter(|_| self.0.len() > 1).and_then(|name| ServerName::try_from(name).ok());
        let found = name.and_then(|name| self.0.iter().find(|pair| pair.has(&name)));
        Some(found.unwrap_or(first).current.load_full())
    }
}

fn load(chain_path: &Path, key_path: &Path) -> Result<CertifiedKey, CertificateError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause: rustls::pki_types::pem::Error| CertificateError::File { path, cause: cause.to_string() }
    };
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(chain_path).and_then(Iterator::collect).map_err(unreadable(chain_path))?;
    if chain.is_empty() {
        return Err(CertificateError::Empty(chain_path.into()));
    }
    let key = PrivateKeyDer::from_pem_file(key_path).map_err(unreadable(key_path))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|source| CertificateError::Mismatch {
        chain: chain_path.into(),
        key: key_path.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str) -> rcgen::CertifiedKey<rcgen::KeyPair> {
        let made = rcgen::generate_simple_self_signed(vec![name.into()]).expect("a certificate");
        std::fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).expect("a file");
        std::fs::write(dir.join("cert.pem"), made.cert.pem()).expect("a file");
        made
    }

    fn served(certificates: &Certificates) -> Vec<u8> {
        certificates.0[0].current.load().cert[0].to_vec()
    }

    #[tokio::test(start_paused = true)]
    async fn new_files_are_used_and_broken_ones_are_not() {
        let dir = tempfile::tempdir().expect("a directory");
        let (chain, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        let first = write(dir.path(), "one.example");
        let certificates = Certificates::read(&[(chain.clone(), key.clone())]).expect("they are good");
        assert_eq!(served(&certificates), first.cert.der().to_vec());
        let (stop, stopped) = valetkey_accounts::Stopper::new();
        let watching = tokio::spawn(Arc::clone(&certificates).watch(stopped));
        let second = write(dir.path(), "two.example");
        std::fs::File::open(&chain).expect("there").set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        while served(&certificates) != second.cert.der().to_vec() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        std::fs::write(&chain, "no certificate").expect("a file");
        std::fs::File::open(&chain).expect("there").set_modified(SystemTime::UNIX_EPOCH + LOOK).expect("a time");
        tokio::time::sleep(LOOK * 3).await;
        assert_eq!(served(&certificates), second.cert.der().to_vec(), "the old one stays");
        stop.stop();
        watching.await.expect("it ends");
    }

    #[test]
    fn a_certificate_has_the_names_that_are_in_it_and_no_others() {
        let dir = tempfile::tempdir().expect("a directory");
        let pairs = ["one.example", "two.example"].map(|name| {
            let sub = dir.path().join(name);
            std::fs::create_dir(&sub).expect("a directory");
            write(&sub, name);
            (sub.join("cert.pem"), sub.join("key.pem"))
        });
        let certificates = Certificates::read(&pairs).expect("they are good");
        for (name, has) in
            [("one.example", [true, false]), ("two.example", [false, true]), ("three.example", [false, false])]
        {
            let name = ServerName::try_from(name).expect("a name");
            assert_eq!([0, 1].map(|n: usize| certificates.0[n].has(&name)), has, "{name:?}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let (chain, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        assert!(matches!(Certificates::read(&[(chain.clone(), key.clone())]), Err(CertificateError::File { .. })));
        write(dir.path(), "one.example");
        let other = rcgen::KeyPair::generate().expect("a key");
        std::fs::write(&key, other.serialize_pem()).expect("a file");
        assert!(matches!(Certificates::read(&[(chain.clone(), key.clone())]), Err(CertificateError::Mismatch { .. })));
        std::fs::write(&chain, "").expect("a file");
        assert!(matches!(
            Certificates::read(&[(chain.clone(), key.clone())]),
            Err(CertificateError::Empty(_) | CertificateError::File { .. })
        ));
    }
}
