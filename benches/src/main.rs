//! What is measured, with the shipped program under load. `benches/README.md` says how to run it and how to read it.

mod client;
mod imap;
mod measure;
mod people;
mod server;
mod upstream;
mod verify;
mod wait;

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
    /// Memory of connections that idle, and revoking while they do
    ImapIdle(imap::IdleOptions),
    /// Fetching much through the gateway
    ImapFetch(imap::FetchOptions),
    /// Whether the time of a refusal tells anything
    Refusals(wait::Options),
    /// A near-free IMAP server to stand behind a gateway, until it is stopped
    Upstream(upstream::Options),
    /// A store with many accounts, and the list of their app passwords
    People(people::Options),
}

fn main() {
    match Cli::parse().what {
        What::Verify(options) => verify::run(&options),
        What::ImapLogin(options) => imap::logins(&options),
        What::ImapIdle(options) => imap::idle(&options),
        What::ImapFetch(options) => imap::fetch(&options),
        What::Refusals(options) => wait::run(&options),
        What::Upstream(options) => upstream::run(&options),
        What::People(options) => people::run(&options),
    }
}
