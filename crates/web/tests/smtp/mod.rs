//! A mail server that takes what it is given, over TLS, and can be told to refuse.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How a conversation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    Tls,
    StartTls,
    Clear,
}

/// What a server has heard, and what it is to say.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) letters: Vec<String>,
    pub(crate) sign_ins: Vec<String>,
    /// So many letters more are refused for now.
    pub(crate) refuse: usize,
    /// So many letters more are taken without a word of it: the connection ends instead.
    pub(crate) hang_up: usize,
}

pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    pub(crate) authority: String,
    pub(crate) heard: Arc<Mutex<Heard>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MailServer {
    pub(crate) async fn start(begin: Begin) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), begin).await
    }

    pub(crate) async fn start_at(address: SocketAddr, begin: Begin) -> Self {
        let (authority, config) = certificates();
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("it has one");
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (shared, acceptor) = (Arc::clone(&heard), TlsAcceptor::from(Arc::new(config)));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                // What goes wrong in a conversation, the other side hears.
                tokio::spawn(converse(stream, begin, acceptor.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, authority, heard, task }
    }

    pub(crate) fn letters(&self) -> Vec<String> {
        self.heard.lock().expect("not poisoned").letters.clone()
    }
}

fn certificates() -> (String, ServerConfig) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &issuer).expect("it is signed");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .expect("a certificate");
    (issuer.pem(), config)
}

async fn converse(stream: TcpStream, begin: Begin, tls: TlsAcceptor, heard: Arc<Mutex<Heard>>) -> std::io::Result<()> {
    match begin {
        Begin::Tls => session(BufReader::new(tls.accept(stream).await?), &heard, true).await,
        Begin::Clear => session(BufReader::new(stream), &heard, true).await,
        Begin::StartTls => {
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 mail.example.org ESMTP\r\n").await?;
            loop {
                let line = read_line(&mut stream).await?;
                match line.split(' ').next().unwrap_or_default() {
                    "EHLO" => stream.write_all(b"250-mail.example.org\r\n250 STARTTLS\r\n").await?,
                    "STARTTLS" => break,
                    "" => return Ok(()),
                    _ => stream.write_all(b"530 5.7.0 Must issue a STARTTLS command first\r\n").await?,
                }
            }
            stream.write_all(b"220 Go ahead\r\n").await?;
            session(BufReader::new(tls.accept(stream.into_inner()).await?), &heard, false).await
        }
    }
}

async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(line.trim_end().to_owned())
}

async fn session<S>(mut stream: BufReader<S>, heard: &Mutex<Heard>, greet: bool) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if greet {
        stream.write_all(b"220 mail.example.org ESMTP\r\n").await?;
    }
    loop {
        let line = read_line(&mut stream).await?;
        let answer: &[u8] = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => b"250-mail.example.org\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
            "AUTH" => {
                heard.lock().expect("not poisoned").sign_ins.push(line);
                b"235 2.7.0 Welcome\r\n"
            }
            "MAIL" | "RCPT" | "RSET" | "NOOP" => b"250 2.0.0 Ok\r\n",
            "DATA" => {
                stream.write_all(b"354 Go ahead\r\n").await?;
                match take_letter(&mut stream, heard).await? {
                    Some(answer) => answer,
                    None => return Ok(()),
                }
            }
            "QUIT" | "" => return Ok(()),
            _ => b"500 5.5.2 What?\r\n",
        };
        stream.write_all(answer).await?;
    }
}

/// Reads a letter, and says what is to be answered, if anything.
async fn take_letter(
    stream: &mut (impl AsyncBufRead + Unpin),
    heard: &Mutex<Heard>,
) -> std::io::Result<Option<&'static [u8]>> {
    let mut letter = String::new();
    loop {
        let line = read_line(stream).await?;
        if line == "." {
            break;
        }
        letter += line.strip_prefix('.').unwrap_or(&line);
        letter.push('\n');
    }
    let mut heard = heard.lock().expect("not poisoned");
    if heard.refuse > 0 {
        heard.refuse -= 1;
        // Some repeat what they were sent.
        return Ok(Some(b"451 4.7.1 Later: https://accounts.example.org/reset/secret\r\n"));
    }
    heard.letters.push(letter);
    if heard.hang_up > 0 {
        heard.hang_up -= 1;
        return Ok(None);
    }
    Ok(Some(b"250 2.0.0 Taken\r\n"))
}
