//! App passwords as they are typed: however a generated one is spelled, it is the same one.

use valetkey_domain::{AppSecret, Decoded, SecretLength, Shape};

use crate::input::Choices;
use crate::recovery_code::Scripted;

/// What people and devices put between letters.
const BETWEEN: [&str; 12] =
    ["", "-", " ", "\u{a0}", "\u{2011}", "\u{2013}", "\u{2014}", "\u{ad}", "\u{200b}", "\u{2212}", "\t", "\r\n"];

/// The input is what an app sends, and also the randomness and the choices of spelling of a new secret.
pub fn app_secret(data: &[u8]) {
    sent(data);
    let length =
        if data.first().is_some_and(|b| b & 1 == 1) { SecretLength::TwentyFour } else { SecretLength::Sixteen };
    spelled(&AppSecret::generate(length, &Scripted::new(data)), data);
}

fn sent(data: &[u8]) {
    let decoded = Decoded::from_app(data);
    assert!(decoded.expose().len() <= 32);
    if decoded.shape() == Shape::AppPassword {
        assert!(matches!(decoded.expose().len(), 16 | 24));
        assert!(decoded.expose().iter().all(u8::is_ascii_lowercase));
        let again = Decoded::from_app(decoded.expose());
        assert!(again.expose() == decoded.expose() && again.shape() == Shape::AppPassword);
        // Another letter makes it another secret.
        assert!(Decoded::from_app(&[data, b"x"].concat()).expose() != decoded.expose());
    }
    // Where one byte is not ASCII everything takes another way, with the same end.
    let other_way = Decoded::from_app(&[data, "\u{2011}".as_bytes()].concat());
    if std::str::from_utf8(data).is_ok() {
        assert!(other_way.expose() == decoded.expose() && other_way.shape() == decoded.shape());
    }
}

fn spelled(secret: &AppSecret, data: &[u8]) {
    let shown = secret.reveal();
    let mut choices = Choices::new(data);
    let mut typed = String::new();
    for letter in shown.expose().chars().filter(|c| *c != '-') {
        typed.push_str(BETWEEN[usize::from(choices.below(12))]);
        typed.push(if choices.yes() { letter.to_ascii_uppercase() } else { letter });
    }
    typed.push_str(BETWEEN[usize::from(choices.below(12))]);
    let decoded = Decoded::from_app(typed.as_bytes());
    assert!(decoded.expose() == secret.decoded().expose(), "{typed:?}");
    assert_eq!(decoded.shape(), Shape::AppPassword, "{typed:?}");
    assert_eq!(secret.decoded().shape(), Shape::AppPassword);
}
