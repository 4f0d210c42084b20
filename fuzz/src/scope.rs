//! Scopes and services: names read back, and a set is what its parts are.

use valetkey_domain::{Scope, Scopes, Service};

/// The input is a list of scopes, a service's name, and the bits that a database keeps.
pub fn scope(data: &[u8]) {
    if let Some(bits) = data.first() {
        let kept = Scopes::from_bits(*bits);
        assert_eq!(kept.is_some(), bits & !15 == 0);
        if let Some(scopes) = kept {
            set(scopes);
        }
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(scope) = text.parse::<Scope>() {
        assert_eq!(scope.name(), text);
    }
    if let Ok(scopes) = text.parse::<Scopes>() {
        assert!(!scopes.is_empty(), "a list that names nothing is none");
        set(scopes);
        assert!(text.split(',').all(|part| part.trim().parse().is_ok_and(|scope| scopes.contains(scope))), "{text:?}");
    }
    if let Ok(service) = text.parse::<Service>() {
        for written in [service.to_string(), service.name().to_ascii_uppercase(), text.to_ascii_uppercase()] {
            assert_eq!(written.parse::<Service>().ok(), Some(service), "{written:?}");
        }
    }
}

fn set(scopes: Scopes) {
    assert_eq!(Scopes::from_bits(scopes.bits()), Some(scopes));
    assert_eq!(scopes.iter().collect::<Scopes>(), scopes);
    assert_eq!(scopes.is_empty(), scopes.iter().next().is_none());
    if !scopes.is_empty() {
        assert_eq!(scopes.to_string().parse::<Scopes>().ok(), Some(scopes));
    }
    for service in Service::ALL {
        // No scope takes anything away, and nothing opens without one.
        assert!(!Scopes::NONE.open(service));
        assert_eq!(scopes.open(service), scopes.iter().any(|one| Scopes::NONE.with(one).open(service)));
    }
}
