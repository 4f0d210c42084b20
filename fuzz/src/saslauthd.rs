//! saslauthd's question: one, and only once it is there in full.

use valetkey_wire::saslauthd::{QUESTION_BYTES_MAX, parse};

/// Bytes of a connection.
pub fn saslauthd(data: &[u8]) {
    let Ok(Some(question)) = parse(data) else { return };
    assert!(data.len() <= QUESTION_BYTES_MAX, "what is read has a bound");
    assert!(!question.credentials.login.chars().any(char::is_control));
    for cut in 0..data.len() {
        assert!(matches!(parse(&data[..cut]), Ok(None)), "the beginning of a question is none yet");
    }
    let mut more = data.to_vec();
    more.push(0);
    assert!(parse(&more).is_err(), "what follows on a question is none");
}
