//! Somebody on the line between the gateway and a server behind, who puts in something of his own in clear: right behind the
//! server's word that TLS begins, in the same breath.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// One who meddles as long as the test runs.
pub struct Meddler {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Meddler {
    /// Begins to meddle with what a server says: `injected` comes behind the first thing it says that has `word` in it.
    ///
    /// # Panics
    /// If there is no port.
    pub fn before(server: SocketAddr, word: &'static str, injected: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        std::thread::spawn(move || {
            for app in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                meddle(app, server, word, injected, Arc::clone(&notes));
            }
        });
        Self { address, heard }
    }

    /// Where the gateway is to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the gateway has said in clear on each connection that was meddled with.
    ///
    /// # Panics
    /// If one who meddles has panicked.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panicked").clone()
    }
}

fn meddle(
    gateway: TcpStream,
    server: TcpStream,
    word: &'static str,
    injected: &'static str,
    heard: Arc<Mutex<Vec<String>>>,
) {
    let has_meddled = Arc::new(AtomicBool::new(false));
    let said = Arc::new(Mutex::new(Vec::new()));
    let (to_gateway, to_server) = (gateway.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    let (noted, is_over) = (Arc::clone(&said), Arc::clone(&has_meddled));
    std::thread::spawn(move || {
        pass(gateway, to_server, |bytes| {
            if !is_over.load(Ordering::SeqCst) {
                noted.lock().expect("nobody panicked").extend_from_slice(bytes);
            }
        });
    });
    std::thread::spawn(move || {
        pass(server, to_gateway, |bytes| {
            let says_it = bytes.windows(word.len()).any(|part| part == word.as_bytes());
            if says_it && !has_meddled.swap(true, Ordering::SeqCst) {
                bytes.extend_from_slice(injected.as_bytes());
                let in_clear = String::from_utf8_lossy(&said.lock().expect("nobody panicked")).into_owned();
                heard.lock().expect("nobody panicked").push(in_clear);
            }
        });
    });
}

/// Passes on what one says to the other, until there is no more.
fn pass(mut from: TcpStream, mut to: TcpStream, look: impl Fn(&mut Vec<u8>)) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let mut bytes = buffer[..read].to_vec();
        look(&mut bytes);
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    // One of them may have gone already.
    drop(to.shutdown(Shutdown::Both));
    drop(from.shutdown(Shutdown::Both));
}
