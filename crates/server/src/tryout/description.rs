//! What `try.json` says, for programs.

use serde_json::{Value, json};

use super::asking::Place;
use super::front::Front;
use super::{LDAP_BASE, LDAP_READER, LDAP_SECRET, NGINX_KEY, SIEVE_SCRIPT, TELEVISION, Tryout};
use crate::serve::Addresses;

/// Where what can be tried is: addresses, sockets' files and URLs.
pub(super) fn endpoints(portal: &str, addresses: &Addresses, front: Option<&Front>, asks: Option<Place>) -> Value {
    let http = format!("http://{}", addresses.http[0]);
    let mut endpoints = json!({
        "forward_auth": format!("{http}/forward-auth"), "nginx_mail": format!("{http}/nginx-mail"),
        "token": format!("{http}/token"), "check": format!("{http}/check"),
        "device_authorization": format!("{portal}/oauth/device_authorization"),
        "oauth_token": format!("{portal}/oauth/token"),
    });
    for (service, addresses) in &addresses.fronts {
        let name = service.name();
        for (name, address) in [(name.to_owned(), &addresses.clear), (format!("{name}s"), &addresses.tls)] {
            if let Some(address) = address.first() {
                endpoints[name] = address.to_string().into();
            }
        }
    }
    for (name, location) in ["dovecot_auth", "dovecot_auth_dav"].into_iter().zip(&addresses.dovecot_auth) {
        endpoints[name] = location.to_string().into();
    }
    for (name, locations) in
        [("saslauthd", &addresses.saslauthd), ("ldap", &addresses.ldap), ("ldaps", &addresses.ldap_tls)]
    {
        for location in locations {
            endpoints[name] = location.to_string().into();
        }
    }
    if let Some(front) = front {
        endpoints["login_flow"] = format!("{portal}/index.php/login/v2").into();
        endpoints["dav"] = format!("https://localhost:{}/", front.port()).into();
        for gateway in &addresses.dav {
            endpoints["dav_gateway"] = format!("https://localhost:{}/", gateway.port()).into();
        }
    }
    if let Some(place) = asks {
        endpoints["imap_asking"] = place.imap.to_string().into();
    }
    endpoints
}

/// All of it.
pub(super) fn whole(tryout: &Tryout) -> Value {
    let path = |name: &str| tryout.directory.path(name);
    let people: Value = tryout
        .people
        .iter()
        .map(|p| {
            json!({
                "login": p.login, "primary_password": p.primary_password, "totp_secret": p.totp_secret,
                "app_password": p.app_password, "app_password_id": p.app_password_id,
            })
        })
        .collect();
    json!({
        "portal": tryout.portal, "ca": path("ca.pem"), "config": path("valetkey.toml"),
        "admin_socket": path("run/admin.sock"), "letters": path("letters"), "endpoints": tryout.endpoints,
        "accounts": people,
        "tls": { "certificate": path("tls/cert.pem"), "key": path("tls/key.pem") },
        "ldap": { "base": LDAP_BASE, "reader": LDAP_READER, "reader_secret_file": path(LDAP_SECRET) },
        "nginx_mail": { "key_file": path(NGINX_KEY) },
        "oauth": { "device_client": TELEVISION },
        "sieve_script": path(SIEVE_SCRIPT),
    })
}
