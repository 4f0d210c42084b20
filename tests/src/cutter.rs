//! A bad way between two servers: connections through it are cut after so many bytes.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the next connections are cut: after so many bytes to the server, or from it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cut {
    /// To the server.
    pub there: Option<usize>,
    /// From it.
    pub back: Option<usize>,
}

/// What takes connections and hands them on to a server.
pub struct Cutter {
    address: SocketAddr,
    next: Arc<Mutex<Cut>>,
}

impl Cutter {
    /// In front of a server, cutting nothing yet. Its threads end with the test.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn in_front_of(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let next = Arc::new(Mutex::new(Cut::default()));
        let cuts = Arc::clone(&next);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let cut = *cuts.lock().unwrap_or_else(PoisonError::into_inner);
                // Without a server behind it, a connection ends as it began.
                if let Ok(far) = TcpStream::connect(server) {
                    pass(&near, &far, cut);
                }
            }
        });
        Self { address, next }
    }

    /// Where it takes connections.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts the connections that come from now on.
    pub fn cut(&self, cut: Cut) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = cut;
    }
}

/// Passes bytes in both directions, until one side ends or the cut comes.
fn pass(near: &TcpStream, far: &TcpStream, cut: Cut) {
    for (from, to, limit) in [(near, far, cut.there), (far, near, cut.back)] {
        let both = from.try_clone().and_then(|from| to.try_clone().map(|to| (from, to)));
        let (from, to) = both.expect("a socket can be held twice");
        std::thread::spawn(move || {
            copy(&from, &to, limit);
            for socket in [&from, &to] {
                // The other direction has ended already.
                drop(socket.shutdown(Shutdown::Both));
            }
        });
    }
}

/// Until the end, or until so many bytes have passed.
fn copy(mut from: &TcpStream, mut to: &TcpStream, limit: Option<usize>) {
    let (mut left, mut buffer) = (limit.unwrap_or(usize::MAX), [0; 4096]);
    while left > 0 {
        let Ok(read) = from.read(&mut buffer) else { return };
        let passed = read.min(left);
        if read == 0 || to.write_all(&buffer[..passed]).is_err() {
            return;
        }
        left -= passed;
    }
}
