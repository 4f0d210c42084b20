//! An IMAP server that costs next to nothing, to stand behind the gateway.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How much is sent at once.
const BLOCK: usize = 256 * 1024;

/// Starts it in a thread of its own, for as long as the program runs. A FETCH of it gives a message of `message_bytes`.
pub(crate) fn start(message_bytes: usize) -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
            let listener: TcpListener = socket.listen(4096).expect("a listener");
            tell.send(listener.local_addr().expect("an address")).expect("somebody waits");
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                // An app that leaves ends its conversation.
                tokio::spawn(async move { drop(converse(stream, message_bytes).await) });
            }
        });
    });
    told.recv().expect("it listens")
}

async fn converse(stream: TcpStream, message_bytes: usize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(512, stream);
    stream.get_mut().write_all(b"* OK [CAPABILITY IMAP4rev1 SASL-IR ID IDLE AUTH=PLAIN] ready\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        // nginx sends a name and a password as literals.
        while line.ends_with("}\r\n") {
            stream.get_mut().write_all(b"+ go on\r\n").await?;
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
        }
        let mut words = line.split_ascii_whitespace();
        let (tag, command) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let answer = match command {
            "ID" => format!("* ID NIL\r\n{tag} OK done\r\n"),
            "AUTHENTICATE" => format!("{tag} OK [CAPABILITY IMAP4rev1 IDLE] Logged in\r\n"),
            "IDLE" => "+ idling\r\n".to_owned(),
            "LOGOUT" => format!("* BYE\r\n{tag} OK done\r\n"),
            "FETCH" => {
                send_message(stream.get_mut(), message_bytes).await?;
                format!(")\r\n{tag} OK done\r\n")
            }
            _ => format!("{tag} OK done\r\n"),
        };
        stream.get_mut().write_all(answer.as_bytes()).await?;
        if command == "LOGOUT" {
            return Ok(());
        }
    }
}

async fn send_message(stream: &mut TcpStream, bytes: usize) -> std::io::Result<()> {
    let block = vec![b'x'; BLOCK];
    stream.write_all(format!("* 1 FETCH (BODY[] {{{bytes}}}\r\n").as_bytes()).await?;
    let mut rest = bytes;
    while rest > 0 {
        let some = rest.min(block.len());
        stream.write_all(&block[..some]).await?;
        rest -= some;
    }
    Ok(())
}
