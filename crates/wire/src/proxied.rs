//! The PROXY protocol, versions 1 and 2 (HAProxy's specification of 2020): how a proxy in front says where a client came
//! from, and how a server behind is told.

use std::net::{IpAddr, SocketAddr};

use ppp::{HeaderResult, v1, v2};

/// What opens a header of version 2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// What opens one of version 1.
const TEXT: &[u8] = b"PROXY ";
/// The longest header of version 1, its line end included.
const TEXT_BYTES_MAX: usize = 107;
/// The fixed part of version 2: the signature, what kind it is, and how much follows.
const FIXED_BYTES: usize = SIGNATURE.len() + 4;
/// The most that is read behind it: addresses, and what proxies say of TLS.
const FOLLOWING_BYTES_MAX: usize = 2048;
/// The header is written by us, and short.
const FITS: &str = "addresses and six bytes fit into a header";

/// What is to be done with the beginning of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many bytes are to be read, at least one, all of which belong to the header.
    Read(usize),
    /// That was all of it. Where the client is; `None` if the proxy speaks for itself or does not know.
    Said(Option<SocketAddr>),
}

/// Why a beginning is no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxiedError {
    /// Neither version begins so.
    #[error("it did not begin with a header")]
    NoHeader,
    /// It is longer than any that is read.
    #[error("its header is too long")]
    TooLong,
    /// It begins like one, and is none.
    #[error("its header is malformed")]
    Malformed,
}

/// What follows on what was read so far of a connection, beginning with nothing: more of the header, or what it says. Nothing
/// behind it is ever asked for, since that is the client's.
pub fn next(read: &[u8]) -> Result<Step, ProxiedError> {
    if read.len() < SIGNATURE.len() {
        return Ok(Step::Read(SIGNATURE.len() - read.len()));
    }
    if read.starts_with(&SIGNATURE) {
        let Some(fixed) = read.get(..FIXED_BYTES) else { return Ok(Step::Read(FIXED_BYTES - read.len())) };
        let following = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
        if following > FOLLOWING_BYTES_MAX {
            return Err(ProxiedError::TooLong);
        }
        let missing = (FIXED_BYTES + following).saturating_sub(read.len());
        return if missing > 0 { Ok(Step::Read(missing)) } else { said(read) };
    }
    if !read.starts_with(TEXT) {
        return Err(ProxiedError::NoHeader);
    }
    match read.last() {
        // The crate takes a space for the carriage return.
        Some(b'\n') if !read.ends_with(b"\r\n") => Err(ProxiedError::Malformed),
        Some(b'\n') => said(read),
        // Nobody knows how long it is before it has ended.
        _ if read.len() < TEXT_BYTES_MAX => Ok(Step::Read(1)),
        _ => Err(ProxiedError::TooLong),
    }
}

fn said(header: &[u8]) -> Result<Step, ProxiedError> {
    // The crate reads a port as Rust does, which is as wide as that.
    if header.starts_with(b"PROXY TCP") && header.contains(&b'+') {
        return Err(ProxiedError::Malformed);
    }
    let (ip, port): (IpAddr, u16) = match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(header)) => match header.addresses {
            v1::Addresses::Unknown => return Ok(Step::Said(None)),
            v1::Addresses::Tcp4(ip) => (ip.source_address.into(), ip.source_port),
            v1::Addresses::Tcp6(ip) => (ip.source_address.into(), ip.source_port),
        },
        HeaderResult::V2(Ok(header)) => match (header.command, header.addresses) {
            (v2::Command::Proxy, v2::Addresses::IPv4(ip)) => (ip.source_address.into(), ip.source_port),
            (v2::Command::Proxy, v2::Addresses::IPv6(ip)) => (ip.source_address.into(), ip.source_port),
            _ => return Ok(Step::Said(None)),
        },
        HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => return Err(ProxiedError::Malformed),
    };
    Ok(Step::Said(Some(SocketAddr::new(ip.to_canonical(), port))))
}

/// The header, version 2, that tells a server behind where a client came from, and that it came encrypted.
pub fn header(client: SocketAddr, connected_to: SocketAddr) -> Vec<u8> {
    /// By TLS, and without a certificate of the client's: `PP2_CLIENT_SSL`, and that nothing was verified.
    const BY_TLS: [u8; 5] = [1, 0, 0, 0, 1];
    let (client, connected_to) = of_one_family(client, connected_to);
    v2::Builder::with_addresses(v2::Version::Two | v2::Command::Proxy, v2::Protocol::Stream, (client, connected_to))
        .write_tlv(v2::Type::SSL, &BY_TLS)
        .and_then(v2::Builder::build)
        .expect(FITS)
}

/// The header of a connection that is nobody's but our own.
pub fn own_header() -> Vec<u8> {
    let nobody = v2::Addresses::Unspecified;
    let header =
        v2::Builder::with_addresses(v2::Version::Two | v2::Command::Local, v2::Protocol::Unspecified, nobody).build();
    header.expect(FITS)
}

/// Both as IPv4, or both as IPv6.
fn of_one_family(one: SocketAddr, other: SocketAddr) -> (SocketAddr, SocketAddr) {
    let [one, other] = [one, other].map(|address| SocketAddr::new(address.ip().to_canonical(), address.port()));
    let wide = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    };
    if one.is_ipv4() == other.is_ipv4() { (one, other) } else { (wide(one), wide(other)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    /// Reads a connection as it is asked to; gives what was said, and what is left for whoever comes next.
    fn heard(bytes: &[u8]) -> (Result<Step, ProxiedError>, &[u8]) {
        let mut read = 0;
        loop {
            match next(&bytes[..read]) {
                Ok(Step::Read(more)) if read + more <= bytes.len() => read += more,
                ended => return (ended, &bytes[read..]),
            }
        }
    }

    fn said(client: &str) -> Step {
        Step::Said(Some(address(client)))
    }

    #[test]
    fn both_versions_say_where_a_client_came_from_and_nothing_behind_is_read() {
        let text = b"PROXY TCP4 203.0.113.9 192.0.2.1 5555 993\r\na LOGIN";
        assert_eq!(heard(text), (Ok(said("203.0.113.9:5555")), &b"a LOGIN"[..]));
        let text = b"PROXY TCP6 2001:db8::1 ::1 5555 993\r\n";
        assert_eq!(heard(text), (Ok(said("[2001:db8::1]:5555")), &b""[..]));
        let whole = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        let longest = format!("PROXY TCP6 {whole} {whole} 65535 65535\r\nGET");
        assert_eq!(heard(longest.as_bytes()), (Ok(said(&format!("[{whole}]:65535"))), &b"GET"[..]));
        let binary =
            [&SIGNATURE[..], b"\x21\x11\0\x0c", &[203, 0, 113, 9, 192, 0, 2, 1, 0x15, 0xb3, 3, 0xe1], b"\x16\x03"];
        assert_eq!(heard(&binary.concat()), (Ok(said("203.0.113.9:5555")), &b"\x16\x03"[..]));
    }

    #[test]
    fn what_is_written_is_read_and_is_of_one_family() {
        for (client, to, length) in [
            ("203.0.113.9:5555", "192.0.2.1:993", 36),
            ("203.0.113.9:5555", "[2001:db8::1]:993", 60),
            ("[2001:db8::9]:5555", "192.0.2.1:993", 60),
        ] {
            let header = header(address(client), address(to));
            assert_eq!(header.len(), length, "{client} {to}");
            assert_eq!(heard(&[&header[..], b"\x16\x03"].concat()), (Ok(said(client)), &b"\x16\x03"[..]), "{to}");
        }
        let mapped = header(address("[::ffff:203.0.113.9]:5555"), address("[::ffff:192.0.2.1]:993"));
        assert_eq!(mapped, header(address("203.0.113.9:5555"), address("192.0.2.1:993")));
    }

    #[test]
    fn a_proxy_that_does_not_know_or_speaks_for_itself_gives_no_address() {
        assert_eq!(heard(b"PROXY UNKNOWN\r\nx"), (Ok(Step::Said(None)), &b"x"[..]));
        assert_eq!(heard(b"PROXY UNKNOWN ffff::1 ::1 1 2\r\nx"), (Ok(Step::Said(None)), &b"x"[..]));
        assert_eq!(own_header(), [&SIGNATURE[..], &[0x20, 0, 0, 0]].concat());
        assert_eq!(heard(&own_header()), (Ok(Step::Said(None)), &b""[..]));
        // A Unix socket, of which nobody knows where it is.
        let unix = [&SIGNATURE[..], b"\x21\x31\0\xd8", &[b'/'; 216]].concat();
        assert_eq!(heard(&unix), (Ok(Step::Said(None)), &b""[..]));
    }

    #[test]
    fn what_is_no_header_is_refused_within_bounds() {
        use ProxiedError::{Malformed, NoHeader, TooLong};
        let long = format!("PROXY TCP4 {}", "1".repeat(4000));
        let binary = |rest: &[u8]| [&SIGNATURE[..], rest].concat();
        for (sent, why) in [
            (b"a LOGIN ada secret\r\n".to_vec(), NoHeader),
            (b"PROXX TCP4 1.2.3.4 1.2.3.4 1 2\r\n".to_vec(), NoHeader),
            (b"\r\n\r\n\0\r\nQUIX\n\x21\x11\0\0".to_vec(), NoHeader),
            (b"PROXY TCP4 x y 1 2\r\n".to_vec(), Malformed),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n".to_vec(), Malformed),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \n".to_vec(), Malformed),
            (b"PROXY UNKNOWN ::1 \n".to_vec(), Malformed),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n".to_vec(), Malformed),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n".to_vec(), Malformed),
            (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 70000\r\n".to_vec(), Malformed),
            (b"PROXY TCP4 ::1 ::1 1 2\r\n".to_vec(), Malformed),
            (b"PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n".to_vec(), Malformed),
            (long.into_bytes(), TooLong),
            (binary(&[0x21, 0x11, 0xff, 0xff]), TooLong),
            (binary(&[0x11, 0x11, 0, 0]), Malformed),
            (binary(&[0x21, 0x11, 0, 4, 1, 2, 3, 4]), Malformed),
        ] {
            let (ended, left) = heard(&sent);
            assert_eq!(ended, Err(why), "{:?}", String::from_utf8_lossy(&sent));
            assert!(sent.len() - left.len() <= TEXT_BYTES_MAX);
        }
    }

    #[test]
    fn a_header_that_stops_is_waited_for() {
        for header in [header(address("203.0.113.9:1"), address("192.0.2.1:2")), b"PROXY UNKNOWN\r\n".to_vec()] {
            for end in 0..header.len() {
                let (ended, _) = heard(&header[..end]);
                assert!(matches!(ended, Ok(Step::Read(more)) if more > 0), "{end}: {ended:?}");
            }
        }
    }
}
