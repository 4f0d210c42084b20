//! What is kept: the account with its key, and the certificate with its own. Each in one file, so that it is there whole or
//! not at all.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use instant_acme::AccountCredentials;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use valetkey_domain::Timestamp;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use zeroize::Zeroizing;

use super::Validity;

/// What the first line of a certificate's file begins with, if an ACME server has issued it; its directory comes behind.
const ISSUED: &str = "Issued by way of ";
const PROVISIONAL: &str = "Self-signed, until one is issued\n";

/// Why something cannot be kept, or what was kept cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file or the directory cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The account's file has something else in it.
    #[error("{0} is not what was written there: put it back, or remove it for a new account")]
    NoAccount(PathBuf),
    /// A key or a certificate of its own cannot be made.
    #[error("no key or self-signed certificate can be made")]
    Make(#[from] rcgen::Error),
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The names that it is for.
    pub names: Vec<String>,
    /// From when until when it is good.
    pub valid: Validity,
    /// Whether it was issued by way of the directory that is asked now.
    pub(super) is_issued: bool,
}

impl CertificateFacts {
    /// Reads the first certificate of a text of PEM; none if there is none that can be read.
    pub fn read(pem: &[u8]) -> Option<Self> {
        let first = CertificateDer::from_pem_slice(pem).ok()?;
        let (_, certificate) = X509Certificate::from_der(&first).ok()?;
        let alternatives = certificate.subject_alternative_name().ok().flatten();
        let names = alternatives.iter().flat_map(|names| &names.value.general_names);
        let name = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        };
        let at = |time: x509_parser::time::ASN1Time| Timestamp::from_millis(time.timestamp().saturating_mul(1000));
        let valid = certificate.validity();
        let valid = Validity { from: at(valid.not_before), until: at(valid.not_after) };
        Some(Self { names: names.filter_map(name).collect(), valid, is_issued: false })
    }

    /// Whether all of these names are in it.
    pub(super) fn has(&self, domains: &[String]) -> bool {
        domains.iter().all(|domain| self.names.contains(domain))
    }
}

/// The files of one directory, which nobody else may enter.
pub(super) struct Files {
    dir: PathBuf,
    /// The address of the directory that is asked.
    directory: String,
}

impl Files {
    pub(super) fn open(dir: PathBuf, directory: String) -> Result<Self, FileError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        made.map_err(|source| FileError::File { path: dir.clone(), source })?;
        Ok(Self { dir, directory })
    }

    pub(super) fn certificate_file(&self) -> PathBuf {
        self.dir.join("certificate.pem")
    }

    pub(super) fn account_file(&self) -> PathBuf {
        self.dir.join("account.json")
    }

    /// What is kept, if it can be used.
    pub(super) fn certificate(&self) -> Option<CertificateFacts> {
        let text = Zeroizing::new(std::fs::read(self.certificate_file()).ok()?);
        let issued = format!("{ISSUED}{}\n", self.directory);
        let facts = facts(&text)?;
        Some(CertificateFacts { is_issued: text.starts_with(issued.as_bytes()), ..facts })
    }

    /// Keeps a chain and its key, which whoever shows them finds there.
    pub(super) fn keep_certificate(&self, chain: &str, key: &str) -> Result<(), FileError> {
        self.write_certificate(&format!("{ISSUED}{}\n", self.directory), chain, key)
    }

    /// Puts a self-signed certificate there, so that there is one.
    pub(super) fn make_provisional(&self, domains: &[String]) -> Result<(), FileError> {
        let made = rcgen::generate_simple_self_signed(domains)?;
        let key = Zeroizing::new(made.signing_key.serialize_pem());
        self.write_certificate(PROVISIONAL, &made.cert.pem(), &key)
    }

    fn write_certificate(&self, head: &str, chain: &str, key: &str) -> Result<(), FileError> {
        let whole = Zeroizing::new([head, chain.trim_end(), "\n", key.trim_end(), "\n"].concat());
        write(&self.certificate_file(), whole.as_bytes())
    }

    /// The account with this directory's server.
    pub(super) fn account(&self) -> Result<Option<AccountCredentials>, FileError> {
        let path = self.account_file();
        let text = match std::fs::read(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(FileError::File { path, source }),
        };
        let whose: serde_json::Value = serde_json::from_slice(&text).map_err(|_| FileError::NoAccount(path.clone()))?;
        if whose["directory"].as_str() != Some(&*self.directory) {
            return Ok(None);
        }
        serde_json::from_slice(&text).map(Some).map_err(|_| FileError::NoAccount(path))
    }

    pub(super) fn keep_account(&self, account: &AccountCredentials) -> Result<(), FileError> {
        let path = self.account_file();
        let text = serde_json::to_vec(account).map(Zeroizing::new);
        let text = text.map_err(|error| FileError::File { path: path.clone(), source: error.into() })?;
        write(&path, &text)
    }

    /// The server does not know the account any more.
    pub(super) fn forget_account(&self) {
        // If it cannot be removed, it is tried and refused once more.
        drop(std::fs::remove_file(self.account_file()));
    }
}

/// What a text with a chain and its key says, if the two belong together.
pub(super) fn facts(text: &[u8]) -> Option<CertificateFacts> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().ok()?;
    let key = PrivateKeyDer::from_pem_slice(text).ok()?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).ok()?;
    CertificateFacts::read(text)
}

/// Writes a file that only its owner can read, whole or not at all, and sees it reach the disk.
fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let written = || {
        let beside = path.with_extension("new");
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    written().map_err(|source| FileError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const DIRECTORY: &str = "https://acme.example.org/directory";

    fn files(dir: &Path, directory: &str) -> Files {
        Files::open(dir.join("acme"), directory.into()).expect("a directory")
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_is_kept_is_read_back_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let files = files(dir.path(), DIRECTORY);
        assert_eq!(files.certificate(), None);
        files.make_provisional(&names(&["a.example"])).expect("it is made");
        let facts = files.certificate().expect("it is there");
        assert!(
            !facts.is_issued && facts.has(&names(&["a.example"])) && !facts.has(&names(&["a.example", "b.example"]))
        );
        let made = rcgen::generate_simple_self_signed(names(&["b.example"])).expect("a certificate");
        files.keep_certificate(&made.cert.pem(), &made.signing_key.serialize_pem()).expect("it is kept");
        let facts = files.certificate().expect("it is there");
        assert!(facts.is_issued && facts.names == ["b.example"] && facts.valid.from < facts.valid.until, "{facts:?}");
        let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!([&files.certificate_file(), &files.dir].map(|path| mode(path)), [0o600, 0o700]);
        let of_another = Files { directory: "https://other.example/".into(), ..files };
        assert!(!of_another.certificate().expect("it is there").is_issued, "another server has issued it");
    }

    #[test]
    fn a_key_of_another_certificate_is_not_used() {
        let dir = tempfile::tempdir().expect("a directory");
        let files = files(dir.path(), DIRECTORY);
        let made = rcgen::generate_simple_self_signed(names(&["a.example"])).expect("a certificate");
        let other = rcgen::KeyPair::generate().expect("a key").serialize_pem();
        files.keep_certificate(&made.cert.pem(), &other).expect("it is kept");
        assert_eq!(files.certificate(), None);
    }

    #[test]
    fn an_account_is_with_one_server_and_what_is_none_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let files = files(dir.path(), DIRECTORY);
        assert!(files.account().expect("it can be looked for").is_none());
        let text = format!(r#"{{"id":"https://acme.example.org/1","key_pkcs8":"AAAA","directory":"{DIRECTORY}"}}"#);
        let account: AccountCredentials = serde_json::from_str(&text).expect("it is one");
        files.keep_account(&account).expect("it is kept");
        assert!(files.account().expect("it is one").is_some());
        let elsewhere = Files { dir: files.dir.clone(), directory: "https://other.example/".into() };
        assert!(elsewhere.account().expect("it is one").is_none());
        for broken in ["", "{", "[]x"] {
            std::fs::write(files.account_file(), broken).expect("a file");
            assert!(matches!(files.account(), Err(FileError::NoAccount(_))), "{broken}");
        }
        files.forget_account();
        assert!(files.account().expect("it can be looked for").is_none());
    }
}
