//! A Valetkey whose gateway stands in front of a server for calendars and contacts.

use std::net::SocketAddr;

use serde_json::json;

use crate::client::dav::DavApp;
use crate::server::place::Place;
use crate::server::{Server, Setup, Store};

/// Who there is. Both have a second factor and an app password.
pub const ADA: &str = "ada@example.org";
/// The other one.
pub const BOB: &str = "bob@example.org";

/// One that runs until this is dropped.
pub struct Front {
    /// The server.
    pub server: Server,
    /// Ada's app.
    pub ada: DavApp,
    /// The number of Ada's app password.
    pub ada_key: String,
    /// Bob's app.
    pub bob: DavApp,
}

impl Front {
    /// Starts it in front of a server, with more lines in `[dav]`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn of(upstream: &str, more: &str) -> Self {
        Self::with(|_| format!("upstream = \"{upstream}\"\n{more}"))
    }

    /// Starts it with these lines in `[dav]`, once it has its certificates.
    ///
    /// # Panics
    /// If it does not start.
    pub fn with(lines: impl FnOnce(&Server) -> String) -> Self {
        let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
        server.configure(&format!(
            "\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\n[dav]\nlisten_tls = [\"127.0.0.1:0\"]\n\
             listen_after_tls = [\"127.0.0.1:0\"]\n{}",
            lines(&server)
        ));
        server.start_again();
        let (address, ca) = (server.listens_at("dav"), server.ca());
        let admin = server.admin();
        let [(ada_key, ada), (_, bob)] = [ADA, BOB].map(|login| {
            admin.make_person(login);
            let (id, secret) = admin.make_key(login, "Calendar");
            (id, DavApp { address, ca: ca.clone(), login: login.to_owned(), secret })
        });
        Self { server, ada, ada_key, bob }
    }

    /// The app of somebody else, who is made.
    pub fn app_of(&self, login: &str) -> DavApp {
        self.server.admin().make_person(login);
        let (_, secret) = self.server.admin().make_key(login, "Calendar");
        DavApp { login: login.to_owned(), secret, ..self.ada.clone() }
    }

    /// Where a proxy on this machine asks.
    pub fn after_tls(&self) -> SocketAddr {
        self.server.listens_at("dav_after_tls")
    }

    /// Revokes Ada's app password; gives how many of its connections were closed.
    ///
    /// # Panics
    /// If it is not revoked.
    pub fn revoke(&self) -> u64 {
        let question = json!({ "ask": "app-password-revoke", "login": ADA, "id": self.ada_key });
        self.server.admin().done(&question)["connections_closed"].as_u64().expect("a number")
    }

    /// How many of Ada's connections are shown.
    ///
    /// # Panics
    /// If nobody knows.
    pub fn connections(&self) -> usize {
        let shown = self.server.admin().done(&json!({ "ask": "connections", "login": ADA }));
        shown.as_array().expect("a list").len()
    }
}
