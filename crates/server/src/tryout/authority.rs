//! A certificate authority that signs one certificate and is thrown away.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::TryoutError;
use super::directory::Directory;

/// The certificate for `localhost` that every server here shows.
pub(super) struct Authority {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Authority {
    /// Makes `ca.pem`, which everybody may read, and `tls/cert.pem` with its key.
    pub(super) fn make(directory: &Directory) -> Result<Self, TryoutError> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "Throw-away authority of valetkey try");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority_certificate = authority.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate()?;
        let mut server = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into(), "::1".into()])?;
        server.distinguished_name.push(DnType::CommonName, "localhost");
        let certificate = server.signed_by(&key, &issuer)?.pem();
        let made = Self { certificate, key: key.serialize_pem() };
        let path = directory.write_private("ca.pem", &authority_certificate.pem())?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o644))
            .map_err(|source| TryoutError::File { path, source })?;
        directory.write_private("tls/cert.pem", &made.certificate)?;
        directory.write_private("tls/key.pem", &made.key)?;
        Ok(made)
    }
}
