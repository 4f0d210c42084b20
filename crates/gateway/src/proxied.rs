//! Connections that a proxy in front hands on, which say first whose they are.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use valetkey_domain::{Network, Service};
use valetkey_wire::proxied::{self, Step};

/// Whether connections from there must say first whose they are.
pub(crate) fn must_say(proxies: &[Network], peer: SocketAddr) -> bool {
    let peer: IpAddr = peer.ip().to_canonical();
    proxies.iter().any(|network| network.contains(peer))
}

/// Where a connection came from, by the header of the PROXY protocol that a trusted proxy puts before it; `None` if the proxy
/// speaks for itself or does not know. Not a byte behind the header is read.
///
/// # Errors
/// If it did not say so in time, or in no way that is known.
async fn read(from: &mut (impl AsyncRead + Unpin), time: Duration) -> io::Result<Option<SocketAddr>> {
    let reading = async {
        let mut header = Vec::new();
        loop {
            match proxied::next(&header).map_err(malformed)? {
                Step::Said(client) => return Ok(client),
                Step::Read(more) => {
                    let start = header.len();
                    header.resize(start + more, 0);
                    from.read_exact(&mut header[start..]).await?;
                }
            }
        }
    };
    tokio::time::timeout(time, reading).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The same, with a word in the log if it did not say so: the connection is to be closed then.
pub(crate) async fn client(
    from: &mut (impl AsyncRead + Unpin),
    proxy: SocketAddr,
    time: Duration,
    service: Service,
) -> Option<Option<SocketAddr>> {
    let said = read(from, time).await;
    said.inspect_err(|error| {
        tracing::info!(service = service.name(), proxy = %proxy.ip(), %error, "a connection was closed");
    })
    .ok()
}

fn malformed(error: proxied::ProxiedError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a proxy does not speak the PROXY protocol: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_header_is_read_to_its_end_and_waited_for_no_longer_than_it_may_take() {
        let mut bytes = &b"PROXY TCP4 203.0.113.9 192.0.2.1 5555 993\r\na LOGIN"[..];
        let client = read(&mut bytes, TIME).await.expect("it is one");
        assert_eq!((client, bytes), (Some("203.0.113.9:5555".parse().expect("an address")), &b"a LOGIN"[..]));
        let ended = |bytes: &'static [u8]| async move { read(&mut &*bytes, TIME).await.map_err(|error| error.kind()) };
        assert_eq!(ended(b"a LOGIN ada secret\r\n").await, Err(io::ErrorKind::InvalidData));
        assert_eq!(ended(b"PROXY TCP4 1").await, Err(io::ErrorKind::UnexpectedEof));
        let (mut silent, _other) = tokio::io::duplex(1);
        assert_eq!(read(&mut silent, TIME).await.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }

    #[test]
    fn only_named_networks_say_whose_a_connection_is() {
        let proxies = ["10.0.0.0/8".parse().expect("a network")];
        let peer = |text: &str| text.parse().expect("an address");
        assert!(must_say(&proxies, peer("10.1.2.3:4")) && must_say(&proxies, peer("[::ffff:10.1.2.3]:4")));
        assert!(!must_say(&proxies, peer("192.0.2.1:4")) && !must_say(&[], peer("10.1.2.3:4")));
    }
}
