//! The key file: what is read is written in one way, and reads back as the same keys.

use valetkey_domain::{AccountId, Decoded, KeyFile, KeyId, KeyRing, MalformedKeyFile};

/// The input is the text of a key file.
pub fn key_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = match text.parse::<KeyFile>() {
        Ok(read) => read,
        Err(MalformedKeyFile::Line(line)) => {
            return assert!((2..=text.lines().count()).contains(&line), "there is no line {line}");
        }
        Err(_) => return,
    };
    let ids: Vec<KeyId> = read.ids().collect();
    assert!((1..=KeyFile::KEYS_MAX).contains(&ids.len()));
    let written = read.to_text();
    let again: KeyFile = written.expose().parse().expect("what was written can be read");
    assert_eq!(again.ids().collect::<Vec<_>>(), ids);
    assert!(again.to_text().expose() == written.expose(), "there is one way to write it");
    // The same keys, in their order, and not only their names.
    let (account, secret) = (AccountId::from_bytes([7; 16]), Decoded::from_app(b"abcd-efgh-ijkl-mnop"));
    let digests = |file: &KeyFile| -> Vec<_> {
        KeyRing::new(file).digests(account, &secret).map(|(id, digest)| (id, *digest.as_bytes())).collect()
    };
    assert!(digests(&read) == digests(&again), "the keys are others");
    assert_eq!(again.with_current_only().ids().collect::<Vec<_>>(), ids[..1]);
}
