//! What is measured, with the shipped program under load. `benches/README.md` says how to run it and how to read it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "figures are for people")]

mod asking;
mod beside;
mod client;
mod connectors;
mod directory;
mod http;
mod imap;
mod measure;
mod oauth;
mod peers;
mod people;
mod portal;
mod ration;
mod refusals;
mod server;
mod tokens;
mod upstream;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// One verification, from memory and from the store
    Verify(verify::Options),
    /// Sign-ins through the IMAP gateway
    ImapLogin(imap::LoginOptions),
    /// Memory of connections that idle
    ImapIdle(imap::IdleOptions),
    /// From a revoke until the connections are closed
    ImapRevoke(imap::RevokeOptions),
    /// Fetching much through the gateway
    ImapFetch(imap::FetchOptions),
    /// Questions of other servers
    Connectors(connectors::Options),
    /// Tokens of authorised apps beside app passwords, exchanges, introspection
    Oauth(oauth::Options),
    /// Valetkey beside slapd, Dovecot, saslauthd, nginx and HAProxy, which it starts, as tables
    BesidePeers(beside::Options),
    /// Whether the time of a refusal tells anything
    Refusals(refusals::RefusalOptions),
    /// What the portal's pages cost
    PortalViews(portal::ViewOptions),
    /// What a signed-in browser costs while it is idle
    PortalSessions(portal::SessionOptions),
    /// Many people who sign in to the portal at once
    PortalSignIns(portal::SignInOptions),
    /// Looking accounts up among many
    Directory(directory::Options),
    /// A store with many accounts, and the list of their app passwords
    People(people::Options),
}

fn main() -> ExitCode {
    match Cli::parse().what {
        What::Verify(options) => verify::run(&options),
        What::ImapLogin(options) => imap::logins(&options),
        What::ImapIdle(options) => imap::idle(&options),
        What::ImapFetch(options) => imap::fetch(&options),
        What::ImapRevoke(options) => imap::revoke(&options),
        What::Connectors(options) => connectors::run(&options),
        What::Oauth(options) => oauth::run(&options),
        What::BesidePeers(options) => {
            if let Err(complaint) = beside::run(&options) {
                eprintln!("{complaint}");
                return ExitCode::FAILURE;
            }
        }
        What::Refusals(options) => refusals::run(&options),
        What::PortalViews(options) => portal::views(&options),
        What::PortalSessions(options) => portal::sessions(&options),
        What::PortalSignIns(options) => portal::sign_ins(&options),
        What::Directory(options) => directory::run(&options),
        What::People(options) => people::run(&options),
    }
    ExitCode::SUCCESS
}
