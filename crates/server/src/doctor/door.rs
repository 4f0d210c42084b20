//! The door of an IMAP server on this machine, as apps find it: by TLS on port 993, elsewhere by STARTTLS where it is offered.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned, crypto::aws_lc_rs,
};

/// How long each word of it may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most of an answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Where TLS comes before everything else (RFC 8314).
const IMAPS: u16 = 993;

trait Channel: Read + Write {}
impl<T: Read + Write> Channel for T {}

/// A connection that has been greeted.
pub(super) struct Door(Box<dyn Channel>);

impl Door {
    /// Opens it, with TLS if it has that. The certificate is not looked at: nothing of this leaves the machine.
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        if address.port() == IMAPS {
            let mut door = Self(Box::new(with_tls(address, stream)?));
            door.hear(|line| line.starts_with("* "))?;
            return Ok(door);
        }
        let mut door = Self(Box::new(stream.try_clone()?));
        door.hear(|line| line.starts_with("* "))?;
        door.say(b"s STARTTLS\r\n")?;
        let said = door.hear(|line| line.starts_with("s "))?;
        Ok(if said.starts_with("s OK") { Self(Box::new(with_tls(address, stream)?)) } else { door })
    }

    pub(super) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)?;
        self.0.flush()
    }

    /// Reads lines until one is meant; gives it.
    pub(super) fn hear(&mut self, is_meant: impl Fn(&str) -> bool) -> io::Result<String> {
        let (mut line, mut byte, mut length) = (Vec::new(), [0], 0);
        while length < ANSWER_BYTES_MAX {
            self.0.read_exact(&mut byte)?;
            length += 1;
            if byte[0] != b'\n' {
                line.push(byte[0]);
                continue;
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            if is_meant(&text) {
                return Ok(text);
            }
            line.clear();
        }
        Err(io::Error::other("it says much, and nothing that IMAP says"))
    }
}

fn with_tls(address: SocketAddr, stream: TcpStream) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    let name = ServerName::IpAddress(address.ip().into());
    Ok(StreamOwned::new(ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?, stream))
}

/// Takes every certificate whose key the other side has.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
