//! Whose word on a server's name counts, where it is reached over TLS.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// Those who may sign a server's certificate.
#[derive(Clone)]
pub struct Authorities(Arc<RootCertStore>);

/// The text has no authorities in it.
#[derive(Debug, thiserror::Error)]
pub enum MalformedAuthorities {
    /// There is none.
    #[error("there is no certificate in it")]
    None,
    /// Something in it cannot be read.
    #[error("it is not PEM")]
    NoPem(#[source] rustls::pki_types::pem::Error),
    /// A certificate is none.
    #[error("a certificate in it cannot be used")]
    Unusable(#[source] rustls::Error),
}

impl Authorities {
    /// Those that browsers trust.
    pub fn public() -> Self {
        Self(Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }))
    }

    /// Those whose certificates stand in a text of PEM, and nobody else.
    pub fn from_pem(pem: &[u8]) -> Result<Self, MalformedAuthorities> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(MalformedAuthorities::NoPem)?;
            roots.add(certificate).map_err(MalformedAuthorities::Unusable)?;
        }
        if roots.is_empty() { Err(MalformedAuthorities::None) } else { Ok(Self(Arc::new(roots))) }
    }

    /// The TLS settings of a client that trusts them: TLS 1.2 and 1.3.
    pub fn client_config(&self) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(versions.with_root_certificates(Arc::clone(&self.0)).with_no_client_auth())
    }

    /// Made for each request: there are few, and nothing of them is to be kept.
    pub(super) fn tls(&self) -> Result<TlsConnector, rustls::Error> {
        Ok(TlsConnector::from(Arc::new(self.client_config()?)))
    }
}
