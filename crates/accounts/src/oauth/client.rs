//! Clients: those that the postmaster has named, and those that register themselves (RFC 7591).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::oauth::{ClientId, ClientKind, RedirectKind, RedirectUri};
use valetkey_domain::{Digest, Label, Token};
use valetkey_store::RegisteredClient;

use crate::{Accounts, AccountsError};

/// The most clients that registered themselves and that nobody has let in yet. With more, those that have waited longest are
/// forgotten: whoever wants to be let in comes within minutes, and nobody keeps others out by filling the places.
const UNUSED_MAX: u64 = 10_000;
/// How long a client that nobody lets in is remembered.
pub(crate) const UNUSED_TIME: Duration = Duration::from_hours(24);
/// The most addresses that a client may be sent back to.
const REDIRECTS_MAX: usize = 10;

/// An app, as OAuth knows it.
#[derive(Clone)]
pub struct Client {
    /// Names it.
    pub id: ClientId,
    /// What it calls itself, or the postmaster calls it.
    pub name: Label,
    /// How far it is known.
    pub kind: ClientKind,
    /// Where it may be sent back to.
    pub redirects: Vec<RedirectUri>,
    /// The digest of its secret, if it can keep one.
    pub secret: Option<Digest>,
    /// Whether it may ask from a device that has no browser (RFC 8628).
    pub device: bool,
}

/// A client that the postmaster has named. Its id is none of those that are drawn.
#[derive(Clone)]
pub struct ConfiguredClient(pub Client);

impl std::fmt::Debug for ConfiguredClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ConfiguredClient({})", self.0.id)
    }
}

/// A client that registers itself.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// What it calls itself.
    pub name: Label,
    /// Where it wants to be sent back to.
    pub redirects: Vec<RedirectUri>,
}

impl Client {
    /// The registered address that this one is, if it may be sent back there.
    pub fn admits(&self, sent: &RedirectUri) -> bool {
        self.redirects.iter().any(|registered| registered.admits(sent))
    }

    /// Whether it proves with this secret who it is; whoever has none need not.
    pub fn knows(&self, secret: Option<&[u8]>) -> bool {
        match (&self.secret, secret) {
            (None, None) => true,
            (Some(digest), Some(secret)) => Token::digest_of_text("client secret", secret) == *digest,
            _ => false,
        }
    }

    /// Whether it may ask from a device that has no browser. One that registered itself never may: where it asks from and under
    /// which name is all that its user could judge by, and both are its own words.
    pub fn asks_from_devices(&self) -> bool {
        self.device && self.kind != ClientKind::Registered
    }

    /// Whether its users need not be asked: only if nobody else can pass for it (RFC 8252 section 8.6).
    pub fn is_trusted(&self) -> bool {
        let is_claimed = self.redirects.iter().all(|redirect| redirect.kind() == RedirectKind::Claimed);
        self.kind == ClientKind::FirstParty && (self.secret.is_some() || is_claimed)
    }
}

impl From<RegisteredClient> for Client {
    fn from(kept: RegisteredClient) -> Self {
        Self {
            id: kept.id,
            name: kept.name,
            kind: ClientKind::Registered,
            // What cannot be read any more is no address to be sent to.
            redirects: kept.redirect_uris.iter().filter_map(|uri| RedirectUri::parse(uri).ok()).collect(),
            secret: None,
            device: false,
        }
    }
}

impl Accounts {
    /// The client with this id, if there is one.
    pub async fn oauth_client(self: &Arc<Self>, id: &ClientId) -> Result<Option<Client>, AccountsError> {
        if !id.is_registered() {
            let clients = &self.settings.oauth_clients;
            return Ok(clients.iter().map(|one| &one.0).find(|client| client.id == *id).cloned());
        }
        let id = id.clone();
        self.store.read(move |s| Ok(s.oauth_client(&id)?.map(Client::from))).await
    }

    /// Lets a client register itself, from a network if that is known. It is forgotten again unless somebody lets it in within
    /// a day.
    pub async fn register_oauth_client(
        self: &Arc<Self>,
        new: NewClient,
        network: Option<IpAddr>,
    ) -> Result<Client, AccountsError> {
        if new.redirects.is_empty() || new.redirects.len() > REDIRECTS_MAX {
            return Err(AccountsError::Redirects(REDIRECTS_MAX));
        }
        self.count_registration(network)?;
        let kept = RegisteredClient {
            id: ClientId::generate(&*self.randomness),
            name: new.name,
            redirect_uris: new.redirects.iter().map(|uri| uri.as_str().to_owned()).collect(),
            created_at: self.clock.now(),
        };
        let client = Client::from(kept.clone());
        self.add(move |tx| {
            if tx.keep_unused_oauth_clients(UNUSED_MAX - 1)? > 0 {
                tracing::warn!("so many apps have registered that the oldest which nobody has let in were forgotten");
            }
            Ok(tx.insert_oauth_client(&kept)?)
        })
        .await?;
        Ok(client)
    }
}
