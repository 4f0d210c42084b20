//! POP3 (RFC 1939, 2449, 2595, 5034) as far as a gateway must understand it: everything before the sign-in, signing in
//! upstream, and afterwards the app's commands, of which some go no further.

mod relay;
mod session;
mod upstream;

pub use relay::Relay;
pub use session::Session;
pub use upstream::{SignedIn, Upstream};

/// Takes a line apart at its first space.
fn verb_and_argument(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b' ', line) {
        Some(space) => (&line[..space], Some(&line[space + 1..])),
        None => (line, None),
    }
}
