//! Brings mail that Dovecot's submission service hands on into Dovecot's own mailboxes: SMTP comes in, LMTP (RFC 2033) goes
//! out. Where there is a Postfix, that does it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, UnixStream};
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, JoinSet};

use super::TryoutError;
use super::directory::Directory;

/// What is taken in at a time: more than any command or reply has, and a part of a long line of a message.
const PIECE_BYTES_MAX: u64 = 64 * 1024;
/// What Dovecot's submission service need not be kept from using. What lets a client go on without a reply is not among it:
/// the replies to a message are counted.
const OFFERED: [&str; 4] = ["8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE"];

/// Takes mail until this is dropped.
pub(super) struct Delivery {
    smtp: SocketAddr,
    task: AbortHandle,
}

impl Delivery {
    /// Begins to take mail, for the Dovecot that will run in the same directory.
    pub(super) fn begin(directory: &Directory, runtime: &Runtime) -> Result<Self, TryoutError> {
        let lmtp = directory.path("dovecot/run/lmtp");
        let no_port = |_| TryoutError::Port;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).map_err(no_port)?;
        let smtp = listener.local_addr().map_err(no_port)?;
        let task = runtime.spawn(serve(listener, lmtp)).abort_handle();
        Ok(Self { smtp, task })
    }

    /// Where it takes mail.
    pub(super) fn smtp(&self) -> SocketAddr {
        self.smtp
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Its connections end with it.
async fn serve(listener: TcpListener, lmtp: PathBuf) {
    let mut all = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while all.try_join_next().is_some() {}
        let lmtp = lmtp.clone();
        all.spawn(async move {
            let handed_on = async {
                let (server, client) = (UnixStream::connect(lmtp).await?, BufReader::new(client));
                Conversation { client, server: BufReader::new(server), recipients: 0 }.hold().await
            };
            if let Err(error) = handed_on.await {
                tracing::warn!(%error, "mail could not be brought into a mailbox");
            }
        });
    }
}

/// One that hands mail on, and the mailboxes' server.
struct Conversation<C, S> {
    client: C,
    server: S,
    /// How many the server would take of the present message's.
    recipients: usize,
}

impl<C, S> Conversation<C, S>
where
    C: AsyncBufRead + AsyncWrite + Unpin,
    S: AsyncBufRead + AsyncWrite + Unpin,
{
    /// To the end of one side's connection.
    async fn hold(mut self) -> io::Result<()> {
        self.pass_reply().await?;
        loop {
            let command = piece(&mut self.client).await?;
            if command.is_empty() {
                return Ok(());
            }
            let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
            match verb.as_slice() {
                b"EHLO" | b"HELO" => {
                    self.server.write_all(&[b"LHLO", &command[4..]].concat()).await?;
                    let reply = without_what_is_not_offered(&reply(&mut self.server).await?);
                    self.client.write_all(&reply).await?;
                    self.recipients = 0;
                }
                _ => {
                    self.server.write_all(&command).await?;
                    let is_yes = self.pass_reply().await?;
                    match verb.as_slice() {
                        b"RCPT" => self.recipients += usize::from(is_yes),
                        b"DATA" if is_yes => self.pass_content().await?,
                        b"QUIT" => return Ok(()),
                        _ => self.recipients = 0,
                    }
                }
            }
        }
    }

    /// Hands the server's reply on; whether it is a yes, or asks for more.
    async fn pass_reply(&mut self) -> io::Result<bool> {
        let reply = reply(&mut self.server).await?;
        self.client.write_all(&reply).await?;
        Ok(matches!(reply.first(), Some(b'2' | b'3')))
    }

    /// Hands a message on. LMTP answers for each recipient, SMTP once for all: if one of them does not get it, the answer is
    /// no, and who tries again brings it to the others twice.
    async fn pass_content(&mut self) -> io::Result<()> {
        let mut begins_line = true;
        loop {
            let piece = piece(&mut self.client).await?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.server.write_all(&piece).await?;
            if begins_line && piece == b".\r\n" {
                break;
            }
            begins_line = piece.ends_with(b"\n");
        }
        let mut answer = Vec::new();
        for _ in 0..std::mem::take(&mut self.recipients) {
            let reply = reply(&mut self.server).await?;
            if answer.is_empty() || !reply.starts_with(b"2") {
                answer = reply;
            }
        }
        self.client.write_all(&answer).await
    }
}

/// A line with its end, or as much of it as may be; nothing at the end of the stream.
async fn piece(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    from.take(PIECE_BYTES_MAX).read_until(b'\n', &mut piece).await?;
    Ok(piece)
}

/// A reply, all its lines.
async fn reply(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    loop {
        let line = piece(from).await?;
        let is_last = line.get(3) != Some(&b'-');
        if line.is_empty() || reply.len() as u64 > PIECE_BYTES_MAX {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        reply.extend_from_slice(&line);
        if is_last {
            return Ok(reply);
        }
    }
}

/// The answer to LHLO as one to EHLO: the server's name, and what is offered of what it offers.
fn without_what_is_not_offered(reply: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(reply);
    let mut lines = text.lines().map(|line| line.get(4..).unwrap_or_default());
    let name = lines.next().unwrap_or_default();
    let code = text.get(..3).unwrap_or_default();
    let is_offered = |line: &&str| OFFERED.contains(&line.split(' ').next().unwrap_or_default());
    let kept: Vec<&str> = [name].into_iter().chain(lines.filter(is_offered)).collect();
    let last = kept.len() - 1;
    let mut said = String::new();
    for (number, line) in kept.into_iter().enumerate() {
        let mark = if number == last { ' ' } else { '-' };
        said += &format!("{code}{mark}{line}\r\n");
    }
    said.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client and a server are told by each other, with all that they say written down in advance.
    async fn passed(client: &str, server: &str) -> (String, String) {
        let ((ours, theirs), (near, far)) = (tokio::io::duplex(65_536), tokio::io::duplex(65_536));
        let (mut theirs, mut far) = (theirs, far);
        theirs.write_all(client.as_bytes()).await.expect("there is room");
        far.write_all(server.as_bytes()).await.expect("there is room");
        theirs.shutdown().await.expect("it is open");
        let talk = Conversation { client: BufReader::new(ours), server: BufReader::new(near), recipients: 0 };
        talk.hold().await.expect("it ends well");
        let (mut to_client, mut to_server) = (String::new(), String::new());
        theirs.read_to_string(&mut to_client).await.expect("text");
        far.read_to_string(&mut to_server).await.expect("text");
        (to_client, to_server)
    }

    const GREETING: &str = "220 mail LMTP\r\n";

    #[tokio::test]
    async fn a_message_is_handed_on_and_answered_once() {
        let client = "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\n\
                      Subject: x\r\n\r\n..\r\n.x\r\n.\r\nQUIT\r\n";
        let server = format!(
            "{GREETING}250-mail\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-SIZE 10\r\n250 CHUNKING\r\n250 ok\r\n250 ok\r\n\
             550 nobody\r\n250 ok\r\n354 go\r\n250 2.0.0 <b@x> saved\r\n250 2.0.0 <d@x> saved\r\n221 bye\r\n"
        );
        let (to_client, to_server) = passed(client, &server).await;
        assert_eq!(to_server, client.replace("EHLO", "LHLO"));
        assert_eq!(
            to_client,
            format!(
                "{GREETING}250-mail\r\n250-8BITMIME\r\n250 SIZE 10\r\n250 ok\r\n250 ok\r\n550 nobody\r\n250 ok\r\n354 go\r\n\
                 250 2.0.0 <b@x> saved\r\n221 bye\r\n"
            )
        );
    }

    #[tokio::test]
    async fn a_message_that_one_does_not_get_was_not_taken() {
        let client = "MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n";
        let server = format!(
            "{GREETING}250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 saved\r\n452-4.2.2 full\r\n452 4.2.2 full\r\n221 bye\r\n"
        );
        let (to_client, _) = passed(client, &server).await;
        assert!(to_client.ends_with("354 go\r\n452-4.2.2 full\r\n452 4.2.2 full\r\n221 bye\r\n"), "{to_client}");
    }
}
