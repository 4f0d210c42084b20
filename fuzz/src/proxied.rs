//! Headers of the PROXY protocol: what a proxy says is read to its end and no further, and means to us what it means to
//! whoever reads the specification.

use std::net::{IpAddr, SocketAddr};

use valetkey_wire::proxied::{Step, header, next};

/// What opens a header of version 2.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest header of each version that is read.
const TEXT_BYTES_MAX: usize = 107;
const BINARY_BYTES_MAX: usize = 16 + 2048;

/// The input is a connection from its first byte; and also one whose first bytes are a header's of version 2.
pub fn proxied(data: &[u8]) {
    connection(data);
    connection(&[SIGNATURE, data].concat());
}

fn connection(bytes: &[u8]) {
    let is_binary = bytes.starts_with(SIGNATURE);
    let most = if is_binary { BINARY_BYTES_MAX } else { TEXT_BYTES_MAX };
    let mut read = 0;
    let client = loop {
        match next(&bytes[..read]) {
            Ok(Step::Read(more)) => {
                assert!(more > 0 && read + more <= most, "{more} more than {read} bytes are asked for");
                read += more;
                if read > bytes.len() {
                    return;
                }
            }
            Ok(Step::Said(client)) => break client,
            Err(_) => return,
        }
    };
    let said = &bytes[..read];
    assert_eq!(client, if is_binary { by_version_2(said) } else { by_version_1(said) }, "{said:?}");
    if let Some(client) = client {
        assert_eq!(client.ip(), client.ip().to_canonical(), "an address has one spelling");
        handed_on(client);
    }
}

/// What is told to a server behind says the same.
fn handed_on(client: SocketAddr) {
    for to in ["192.0.2.1:993", "[2001:db8::1]:993"] {
        let written = header(client, to.parse().expect("an address"));
        assert_eq!(next(&written), Ok(Step::Said(Some(client))));
        assert_eq!(by_version_2(&written), Some(client));
    }
}

/// Section 2.1 of the specification, read once more: fields with one space between them, in one line that ends in CR LF.
fn by_version_1(header: &[u8]) -> Option<SocketAddr> {
    let line = header.strip_suffix(b"\r\n").expect("a line has an end");
    assert!(!line.contains(&b'\r') && !line.contains(&b'\n'), "one line");
    let line = std::str::from_utf8(line).expect("a text");
    let fields: Vec<&str> = line.split(' ').collect();
    assert_eq!(fields[0], "PROXY");
    if fields[1] == "UNKNOWN" {
        return None;
    }
    let [_, family, source, destination, from_port, to_port] = fields[..] else { panic!("{line:?} has other fields") };
    let [source, destination] = [source, destination].map(|text| text.parse::<IpAddr>().expect("an address"));
    let is_4 = match family {
        "TCP4" => true,
        "TCP6" => false,
        other => panic!("{other:?} is no family"),
    };
    assert!(source.is_ipv4() == is_4 && destination.is_ipv4() == is_4, "{line:?}");
    let [from_port, _] = [from_port, to_port].map(|text| {
        let port: u16 = text.parse().expect("a port");
        assert_eq!(port.to_string(), text, "a port in one spelling");
        port
    });
    Some(SocketAddr::new(source.to_canonical(), from_port))
}

/// Section 2.2, read once more.
fn by_version_2(header: &[u8]) -> Option<SocketAddr> {
    let (fixed, rest) = header.split_at(16);
    assert_eq!(fixed[12] >> 4, 2, "the version");
    assert_eq!(usize::from(u16::from_be_bytes([fixed[14], fixed[15]])), rest.len(), "all of it, and nothing behind");
    let is_local = match fixed[12] & 15 {
        0 => true,
        1 => false,
        other => panic!("{other} is no command"),
    };
    let port = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
    let found = match fixed[13] >> 4 {
        1 => (IpAddr::from(<[u8; 4]>::try_from(&rest[..4]).expect("four bytes")), port(8)),
        2 => (IpAddr::from(<[u8; 16]>::try_from(&rest[..16]).expect("sixteen bytes")), port(32)),
        _ => return None,
    };
    (!is_local).then(|| SocketAddr::new(found.0.to_canonical(), found.1))
}
