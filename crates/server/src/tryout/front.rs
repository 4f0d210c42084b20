//! A Radicale for calendars and contacts, behind an nginx that asks Valetkey, and behind Valetkey's gateway.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::TryoutError;
use super::authority::Authority;
use super::directory::Directory;
use super::process::{Process, find};
use crate::output::tell;

/// A Radicale that runs until this is dropped.
pub(super) struct Radicale {
    address: SocketAddr,
    _process: Process,
}

impl Radicale {
    /// Starts it at an address, if there is an nginx to stand in front of it, too. Before Valetkey, whose gateway looks at
    /// once whether it answers.
    pub(super) fn start(directory: &Directory, address: SocketAddr) -> Result<Option<Self>, TryoutError> {
        let Some(radicale) = find("radicale").filter(|_| Front::is_there()) else {
            for (program, package) in [("radicale", "radicale"), ("nginx", "nginx-light")] {
                if find(program).is_none() {
                    tell(&format!(
                        "{program} is not installed, so there are no calendars and contacts: apt-get install {package}"
                    ));
                }
            }
            return Ok(None);
        };
        directory.subdirectory("radicale", 0o700)?;
        let storage = directory.subdirectory("radicale/collections", 0o700)?;
        let decodes = if decodes_names() { "urldecode_username = True\n" } else { "" };
        let config = directory.write_private(
            "radicale/config",
            &format!(
                "[server]\nhosts = {address}\n\n[auth]\ntype = http_x_remote_user\n{decodes}\n[rights]\ntype = owner_only\n\n\
                 [storage]\nfilesystem_folder = {}\n",
                storage.display()
            ),
        )?;
        directory.give_away("radicale")?;
        let config = config.display().to_string();
        let mut process = Process::start(directory, "radicale", &radicale, &["--config", &config])?;
        process.await_port(directory, address)?;
        Ok(Some(Self { address, _process: process }))
    }
}

/// An nginx and the Radicale behind it, which run until this is dropped.
pub(super) struct Front {
    address: SocketAddr,
    _nginx: Process,
    _radicale: Radicale,
}

impl Front {
    /// Whether both are installed.
    pub(super) fn is_there() -> bool {
        find("radicale").is_some() && find("nginx").is_some()
    }

    /// Starts the nginx at an address; it asks for each request at another.
    pub(super) fn start(
        directory: &Directory,
        authority: &Authority,
        forward_auth: &str,
        address: SocketAddr,
        radicale: Radicale,
    ) -> Result<Self, TryoutError> {
        let program = find("nginx").unwrap_or_default();
        directory.subdirectory("nginx", 0o700)?;
        directory.write_private("nginx/cert.pem", &authority.certificate)?;
        directory.write_private("nginx/key.pem", &authority.key)?;
        let text = configuration(directory, address, radicale.address, forward_auth);
        let config = directory.write_private("nginx/nginx.conf", &text)?.display().to_string();
        directory.give_away("nginx")?;
        let prefix = directory.path("nginx").display().to_string();
        let arguments = ["-e", "stderr", "-p", &prefix, "-c", &config];
        let mut nginx = Process::start(directory, "nginx", &program, &arguments)?;
        nginx.await_port(directory, address)?;
        Ok(Self { address, _nginx: nginx, _radicale: radicale })
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }
}

/// Whether the Radicale that is installed reads names in percent encoding if it is told to: without that it takes them for
/// Latin-1.
pub(super) fn decodes_names() -> bool {
    find("radicale").is_some_and(|radicale| reads_percent(&version(&radicale)))
}

fn version(radicale: &Path) -> String {
    let output = Command::new(radicale).arg("--version").stdin(Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// It does from 3.5.3 on. `3.1.8`: what cannot be read is taken for an old one.
fn reads_percent(version: &str) -> bool {
    let mut numbers = version.trim().split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let version = [(); 3].map(|()| numbers.next().unwrap_or(0));
    version >= [3, 5, 3]
}

/// What a postmaster would write: the identity that Radicale believes comes from Valetkey and from nobody else.
fn configuration(directory: &Directory, address: SocketAddr, behind: SocketAddr, forward_auth: &str) -> String {
    let d = directory.path("nginx").display().to_string();
    format!(
        "daemon off;
worker_processes 1;
pid \"{d}/pid\";
error_log stderr warn;
events {{
  worker_connections 256;
}}
http {{
  access_log off;
  client_body_temp_path \"{d}/body\";
  proxy_temp_path \"{d}/proxy\";
  fastcgi_temp_path \"{d}/fastcgi\";
  uwsgi_temp_path \"{d}/uwsgi\";
  scgi_temp_path \"{d}/scgi\";
  server {{
    listen {address} ssl;
    ssl_certificate \"{d}/cert.pem\";
    ssl_certificate_key \"{d}/key.pem\";
    location = /_valetkey {{
      internal;
      proxy_pass {forward_auth};
      proxy_pass_request_body off;
      proxy_set_header Content-Length \"\";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Client-IP \"\";
      proxy_set_header X-Forwarded-Proto https;
    }}
    location = /.well-known/caldav {{
      return 301 /;
    }}
    location = /.well-known/carddav {{
      return 301 /;
    }}
    # Where an app looks that got its app password by the login flow.
    location ~ ^/remote\\.php/dav/?$ {{
      return 301 /;
    }}
    location / {{
      auth_request /_valetkey;
      auth_request_set $account $upstream_http_x_remote_user;
      # Whatever an app says it is, this is who it is.
      proxy_set_header X-Remote-User $account;
      proxy_set_header Authorization \"\";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
      proxy_pass http://{behind};
    }}
  }}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radicale_is_told_to_decode_names_from_3_5_3_on() {
        for (version, reads) in
            [("3.1.8\n", false), ("3.5.2\n", false), ("3.5.3", true), ("3.9.0\n", true), ("4.0", true), ("", false)]
        {
            assert_eq!(reads_percent(version), reads, "{version}");
        }
    }
}
