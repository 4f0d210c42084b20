//! The PROXY protocol, versions 1 and 2 (HAProxy's specification of 2020): how a proxy in front says where a client came
//! from, and how a server behind is told.

use std::io;
use std::net::{IpAddr, SocketAddr};

use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What opens a header of version 2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// What opens one of version 1.
const TEXT: &[u8] = b"PROXY ";
/// The longest header of version 1, its line end included.
const TEXT_BYTES_MAX: usize = 107;
/// The most that is read behind the fixed part of version 2: addresses, and what proxies say of TLS.
const BINARY_BYTES_MAX: usize = 2048;

/// Where a connection came from, by the header that a trusted proxy puts before it; `None` if the proxy speaks for itself
/// or does not know. Not a byte behind the header is read.
pub(crate) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut header = SIGNATURE.to_vec();
    from.read_exact(&mut header).await?;
    if header == SIGNATURE {
        let mut fixed = [0; 4];
        from.read_exact(&mut fixed).await?;
        header.extend_from_slice(&fixed);
        let more = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
        if more > BINARY_BYTES_MAX {
            return Err(malformed("its header is too long"));
        }
        let start = header.len();
        header.resize(start + more, 0);
        from.read_exact(&mut header[start..]).await?;
    } else if header.starts_with(TEXT) {
        while header.last() != Some(&b'\n') {
            if header.len() >= TEXT_BYTES_MAX {
                return Err(malformed("its header is too long"));
            }
            header.push(from.read_u8().await?);
        }
    } else {
        return Err(malformed("it did not begin with a header"));
    }
    client(&header)
}

fn client(header: &[u8]) -> io::Result<Option<SocketAddr>> {
    let (ip, port): (IpAddr, u16) = match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(header)) => match header.addresses {
            v1::Addresses::Unknown => return Ok(None),
            v1::Addresses::Tcp4(ip) => (ip.source_address.into(), ip.source_port),
            v1::Addresses::Tcp6(ip) => (ip.source_address.into(), ip.source_port),
        },
        HeaderResult::V2(Ok(header)) => match (header.command, header.addresses) {
            (v2::Command::Proxy, v2::Addresses::IPv4(ip)) => (ip.source_address.into(), ip.source_port),
            (v2::Command::Proxy, v2::Addresses::IPv6(ip)) => (ip.source_address.into(), ip.source_port),
            _ => return Ok(None),
        },
        HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => return Err(malformed("its header is malformed")),
    };
    Ok(Some(SocketAddr::new(ip.to_canonical(), port)))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a proxy does not speak the PROXY protocol: {what}"))
}

/// The header that tells a server behind where a client came from, and that it came encrypted.
pub(crate) fn header(client: SocketAddr, connected_to: SocketAddr) -> io::Result<Vec<u8>> {
    /// By TLS, and without a certificate of the client's: `PP2_CLIENT_SSL`, and that nothing was verified.
    const BY_TLS: [u8; 5] = [1, 0, 0, 0, 1];
    let (client, connected_to) = of_one_family(client, connected_to);
    v2::Builder::with_addresses(v2::Version::Two | v2::Command::Proxy, v2::Protocol::Stream, (client, connected_to))
        .write_tlv(v2::Type::SSL, &BY_TLS)?
        .build()
}

/// The header of a connection that is the gateway's own.
pub(crate) fn own_header() -> io::Result<Vec<u8>> {
    let nobody = v2::Addresses::Unspecified;
    v2::Builder::with_addresses(v2::Version::Two | v2::Command::Local, v2::Protocol::Unspecified, nobody).build()
}

/// Both as IPv4, or both as IPv6.
fn of_one_family(one: SocketAddr, other: SocketAddr) -> (SocketAddr, SocketAddr) {
    let wide = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    };
    if one.is_ipv4() == other.is_ipv4() { (one, other) } else { (wide(one), wide(other)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read, and what is left.
    async fn heard(mut bytes: &[u8]) -> (Result<Option<SocketAddr>, io::ErrorKind>, &[u8]) {
        let read = read(&mut bytes).await.map_err(|error| error.kind());
        (read, bytes)
    }

    #[tokio::test]
    async fn both_versions_say_where_a_client_came_from_and_nothing_behind_is_read() {
        let client = Ok(Some("203.0.113.9:5555".parse().expect("an address")));
        assert_eq!(heard(b"PROXY TCP4 203.0.113.9 192.0.2.1 5555 993\r\na LOGIN").await, (client, &b"a LOGIN"[..]));
        let six = Ok(Some("[2001:db8::1]:5555".parse().expect("an address")));
        assert_eq!(heard(b"PROXY TCP6 2001:db8::1 ::1 5555 993\r\n").await, (six, &b""[..]));
        let client = "203.0.113.9:5555".parse().expect("an address");
        for to in ["192.0.2.1:993", "[2001:db8::1]:993"] {
            let mut sent = header(client, to.parse().expect("an address")).expect("it fits");
            sent.extend_from_slice(b"\x16\x03");
            assert_eq!(heard(&sent).await, (Ok(Some(client)), &b"\x16\x03"[..]), "{to}");
        }
    }

    #[tokio::test]
    async fn a_proxy_that_does_not_know_or_speaks_for_itself_gives_no_address() {
        assert_eq!(heard(b"PROXY UNKNOWN\r\nx").await, (Ok(None), &b"x"[..]));
        assert_eq!(own_header().expect("it fits"), [&SIGNATURE[..], &[0x20, 0, 0, 0]].concat());
        assert_eq!(heard(&own_header().expect("it fits")).await, (Ok(None), &b""[..]));
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused_within_bounds() {
        let long = format!("PROXY TCP4 {}", "1".repeat(4000));
        let binary = [&SIGNATURE[..], &[0x21, 0x11, 0xff, 0xff]].concat();
        for sent in [&b"a LOGIN ada secret\r\n"[..], b"PROXY TCP4 x y 1 2\r\n", long.as_bytes(), &binary] {
            let (read, left) = heard(sent).await;
            assert_eq!(read, Err(io::ErrorKind::InvalidData), "{:?}", String::from_utf8_lossy(sent));
            assert!(sent.len() - left.len() <= TEXT_BYTES_MAX);
        }
        assert_eq!(heard(b"PROXY TCP4 1").await.0, Err(io::ErrorKind::UnexpectedEof));
    }
}
