//! Valetkey's own configuration: what passes in clear.

use super::Finding;
use crate::config::{Config, Listen};

/// What is allowed there and would let others read app passwords.
pub(crate) fn own(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut look = |section: &str, number: usize, in_clear: bool, listen: &[Listen]| {
        if in_clear && listen.iter().any(Listen::is_elsewhere) {
            found.push(Finding {
                place: config.place(section, number, "in_clear"),
                setting: format!("{section}.in_clear = true"),
                harm: "app passwords cross a network in clear, and whoever listens there has them".into(),
                remedy: "listen on loopback or on a socket, use TLS, or put a tunnel between".into(),
            });
        }
    };
    if let Some(ldap) = &config.ldap {
        look("ldap", 0, ldap.in_clear, &ldap.listen);
    }
    look("http", 0, config.http.in_clear, &config.http.listen);
    for (number, one) in config.dovecot_auth.iter().enumerate() {
        look("dovecot_auth", number, one.in_clear, &one.listen);
    }
    found
}
