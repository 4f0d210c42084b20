//! Messages: taking one from the stream and apart, and writing answers (RFC 4511 section 4.1).

use super::ber::{self, ENUMERATED, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE};

/// The paged results control (RFC 2696).
pub(super) const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// StartTLS (RFC 4511 section 4.14).
pub(super) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Who am I? (RFC 4532).
pub(super) const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
/// Password modify (RFC 3062).
pub(super) const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";
/// Notice of disconnection (RFC 4511 section 4.4.1).
const NOTICE_OF_DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// The most controls that are looked at: clients send one or two.
const CONTROLS_MAX: usize = 16;

/// Tags of the operations: `[APPLICATION n]`.
pub(super) mod tag {
    pub(in super::super) const BIND_RESPONSE: u8 = 0x61;
    pub(in super::super) const SEARCH_ENTRY: u8 = 0x64;
    pub(in super::super) const SEARCH_DONE: u8 = 0x65;
    pub(in super::super) const EXTENDED_RESPONSE: u8 = 0x78;
    /// `[0]`, constructed: a message's controls.
    pub(in super::super) const CONTROLS: u8 = 0xa0;
}

/// How an operation ended (RFC 4511 appendix A), as far as it is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultCode {
    /// It was done.
    Success = 0,
    /// Not now: StartTLS where TLS is there already.
    OperationsError = 1,
    /// Not as the protocol wants it.
    ProtocolError = 2,
    /// The caller's time for it is over.
    TimeLimitExceeded = 3,
    /// There are more entries than were to be given.
    SizeLimitExceeded = 4,
    /// Another way of signing in than name and password.
    AuthMethodNotSupported = 7,
    /// Only for notices: what the connection had signed in with is no longer good.
    StrongerAuthRequired = 8,
    /// A filter of more or deeper parts than are looked at, or a group of more members than are given.
    AdminLimitExceeded = 11,
    /// A control that is not known, and may not be ignored.
    UnavailableCriticalExtension = 12,
    /// Passwords are taken over TLS only.
    ConfidentialityRequired = 13,
    /// Nothing has this name.
    NoSuchObject = 32,
    /// This is no DN.
    InvalidDnSyntax = 34,
    /// The name or the password is wrong; which, is not said.
    InvalidCredentials = 49,
    /// Who is signed in, or nobody, may not do this.
    InsufficientAccessRights = 50,
    /// Too much to do; to be tried again.
    Busy = 51,
    /// Nobody knows at present; to be tried again.
    Unavailable = 52,
    /// This server does not do that.
    UnwillingToPerform = 53,
    /// Something is broken.
    Other = 80,
}

/// Why a stream gives no more messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    TooLong,
    Malformed,
}

/// Finds the end of the first message; `None` while it has not come in full. What is claimed to be longer than
/// `bytes_max` is known by its first bytes.
pub(super) fn frame(input: &[u8], bytes_max: usize) -> Result<Option<usize>, Broken> {
    if input.first().is_some_and(|tag| *tag != SEQUENCE) {
        return Err(Broken::Malformed);
    }
    let Some(header) = ber::header(input).map_err(|Malformed| Broken::Malformed)? else { return Ok(None) };
    let end = usize::try_from(header.value).ok().and_then(|value| header.bytes.checked_add(value));
    match end {
        Some(end) if end <= bytes_max => Ok((end <= input.len()).then_some(end)),
        _ => Err(Broken::TooLong),
    }
}

/// A request, taken apart as far as its operation.
pub(super) struct Message<'a> {
    pub(super) id: u32,
    pub(super) operation: Operation<'a>,
    pub(super) controls: Controls<'a>,
}

pub(super) enum Operation<'a> {
    Bind(BindRequest<'a>),
    Unbind,
    Search(Reader<'a>),
    Abandon,
    Extended {
        name: &'a [u8],
        has_value: bool,
    },
    /// What is never done here, with the tag of its answer.
    Change {
        answer: u8,
    },
}

pub(super) struct BindRequest<'a> {
    pub(super) version: u32,
    pub(super) name: &'a [u8],
    /// The password, or `None` for another way of signing in.
    pub(super) simple: Option<&'a [u8]>,
}

/// The controls of a message (RFC 4511 section 4.1.11).
#[derive(Default)]
pub(super) struct Controls<'a> {
    /// One that is not known may not be ignored.
    pub(super) unknown_critical: bool,
    /// The paged results control's value.
    pub(super) paged: Option<&'a [u8]>,
    /// Whether that one may not be ignored.
    pub(super) paged_critical: bool,
}

impl<'a> Message<'a> {
    /// Takes a whole message apart. What follows behind the components that are known is ignored (RFC 4511 section 4).
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(bytes);
        let mut parts = Reader::new(outer.tagged(SEQUENCE)?);
        let id = parts.number(INTEGER)?;
        if id == 0 {
            return Err(Malformed); // only notices of the server have it
        }
        let (tag, body) = parts.any()?;
        let mut fields = Reader::new(body);
        let operation = match tag {
            0x60 => {
                let (version, name) = (fields.number(INTEGER)?, fields.tagged(OCTET_STRING)?);
                let (choice, value) = fields.any()?;
                Operation::Bind(BindRequest { version, name, simple: (choice == 0x80).then_some(value) })
            }
            0x42 => Operation::Unbind,
            0x63 => Operation::Search(fields),
            0x50 => Operation::Abandon,
            0x77 => Operation::Extended { name: fields.tagged(0x80)?, has_value: fields.optional(0x81)?.is_some() },
            // Modify, add, modify DN, compare; delete is primitive.
            0x66 | 0x68 | 0x6c | 0x6e => Operation::Change { answer: tag + 1 },
            0x4a => Operation::Change { answer: 0x6b },
            _ => return Err(Malformed),
        };
        let controls = match parts.optional(tag::CONTROLS)? {
            None => Controls::default(),
            Some(list) => Controls::parse(Reader::new(list))?,
        };
        Ok(Self { id, operation, controls })
    }
}

impl<'a> Controls<'a> {
    fn parse(mut list: Reader<'a>) -> Result<Self, Malformed> {
        let mut controls = Self::default();
        for _ in 0..CONTROLS_MAX {
            if list.is_empty() {
                return Ok(controls);
            }
            let mut control = Reader::new(list.tagged(SEQUENCE)?);
            let name = control.tagged(OCTET_STRING)?;
            let critical = control.boolean_or(false)?;
            let value = control.optional(OCTET_STRING)?;
            if name == PAGED_RESULTS.as_bytes() {
                if controls.paged.replace(value.ok_or(Malformed)?).is_some() {
                    return Err(Malformed);
                }
                controls.paged_critical = critical;
            } else {
                controls.unknown_critical |= critical;
            }
        }
        if list.is_empty() { Ok(controls) } else { Err(Malformed) }
    }
}

/// Appends an answer that is a result and nothing else, such as the one to a bind or the end of a search.
pub(super) fn result(out: &mut Vec<u8>, id: u32, tag: u8, code: ResultCode, text: &str) {
    ber::constructed(out, SEQUENCE, |out| {
        ber::number(out, INTEGER, id);
        ber::constructed(out, tag, |out| result_fields(out, code, text));
    });
}

/// Appends the components of an `LDAPResult`. The matched DN is always left empty.
pub(super) fn result_fields(out: &mut Vec<u8>, code: ResultCode, text: &str) {
    ber::number(out, ENUMERATED, code as u32);
    ber::text(out, "");
    ber::text(out, text);
}

/// Appends the answer to an extended operation.
pub(super) fn extended(
    out: &mut Vec<u8>,
    id: u32,
    code: ResultCode,
    text: &str,
    name: Option<&str>,
    value: Option<&str>,
) {
    ber::constructed(out, SEQUENCE, |out| {
        ber::number(out, INTEGER, id);
        ber::constructed(out, tag::EXTENDED_RESPONSE, |out| {
            result_fields(out, code, text);
            if let Some(name) = name {
                ber::primitive(out, 0x8a, name.as_bytes());
            }
            if let Some(value) = value {
                ber::primitive(out, 0x8b, value.as_bytes());
            }
        });
    });
}

/// Appends the notice with which a server closes a connection of its own accord (RFC 4511 section 4.4.1).
pub fn notice_of_disconnection(code: ResultCode, text: &str, out: &mut Vec<u8>) {
    extended(out, 0, code, text, Some(NOTICE_OF_DISCONNECTION), None);
}
