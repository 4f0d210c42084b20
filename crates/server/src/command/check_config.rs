//! `valetkey check-config`

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use valetkey_accounts::chain;
use valetkey_gateway::Certificates;

use super::Context;
use crate::admin::Failure;
use crate::config::{Config, SecretFile};
use crate::{assembly, letters, other_servers};

/// Reads all that the server would read before it starts, and opens nothing.
pub(super) fn run(context: &Context) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let mut wrong = Vec::new();
    let mut look_in = |section: &str, number: usize, key: &str, found: Result<(), String>| {
        if let Err(error) = found {
            wrong.push(format!("{}: {section}.{key}: {error}", config.place(section, number, key)));
        }
    };
    for (number, key, error) in other_servers::look(&config) {
        look_in("other_server", number, key, Err(error));
    }
    let mut look = |section: &str, key: &str, found| look_in(section, 0, key, found);
    look("server", "log", crate::log::filter(&config.server.log).map(drop).map_err(|e| e.to_string()));
    let location = assembly::location(&config).and_then(|location| Ok(location.check()?));
    let key = if config.store.url_file.is_some() { "url_file" } else { "url" };
    look("store", key, location.map_err(|e| chain(&e)));
    look("server", "key_file", assembly::read_key_file(&config.key_file()).map(drop).map_err(|e| chain(&e)));
    let certificates = Certificates::read(&assembly::certificate_files(&config));
    look("tls", "certificate", certificates.map(drop).map_err(|e| chain(&e)));
    let authorities = |file: Option<&Path>| assembly::read_authorities(&config, file).map(drop).map_err(|e| chain(&e));
    if let Some(acme) = &config.acme {
        look("acme", "authorities", authorities(acme.authorities.as_deref()));
    }
    if let Some(dav) = &config.dav {
        for file in dav.route.iter().map(|route| route.behind().authorities).chain([dav.behind().authorities]) {
            look("dav", "upstream_authorities", authorities(file));
        }
    }
    for (section, front) in config.fronts() {
        let files = front.route.iter().map(|route| route.behind().authorities).chain([front.behind().authorities]);
        for file in files {
            look(section, "upstream_authorities", authorities(file));
        }
    }
    for (section, key, file) in secret_files(&config) {
        look(section, key, assembly::read_secret(&config, file).map(drop).map_err(|e| chain(&e)));
    }
    look("oauth", "client", assembly::oauth_clients(&config).map(drop).map_err(|e| chain(&e)));
    if let Some(portal) = &config.portal {
        let (key, found) = letters::look(&config, &assembly::portal_settings(&config, portal));
        look("mail", key, found);
    }
    let file = config.file.as_ref().map(|path| path.display().to_string());
    if wrong.is_empty() {
        let shown = file.clone().unwrap_or_else(|| "no file; every setting has its default".to_owned());
        context
            .output
            .print(&json!({ "file": file, "wrong": [] }), |_| format!("The configuration is good ({shown})."))?;
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::usage(wrong.join("\n          ")))
}

/// The files with secrets that the gateway and the connectors read at the start, each with where it is named.
fn secret_files(config: &Config) -> impl Iterator<Item = (&'static str, &'static str, &SecretFile)> {
    let masters = config.fronts().flat_map(|(section, front)| {
        let all = front.route.iter().map(|route| &route.master_secret_file).chain([&front.master_secret_file]);
        all.flatten().map(move |file| (section, "master_secret_file", file))
    });
    let mail = &config.http.nginx_mail;
    let mail =
        [&mail.master_secret_file, &mail.key_file].into_iter().flatten().map(|file| ("http", "nginx_mail", file));
    let callers = config.http.callers.values().map(|file| ("http", "callers", file));
    let readers = config.ldap.iter().flat_map(|ldap| ldap.readers.values()).map(|file| ("ldap", "readers", file));
    masters.chain(mail).chain(callers).chain(readers)
}
