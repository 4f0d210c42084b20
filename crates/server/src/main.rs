//! The `valetkey` program: configuration, commands, start-up and shutdown.
//!
//! Never put here: what may happen to an account (that is `accounts`'), and protocols.
//!
//! Start reading at `command`, then `serve`.

mod admin;
mod assembly;
mod clock;
mod command;
mod config;
mod cores;
mod doctor;
mod inherited;
mod letters;
mod log;
mod other_servers;
mod output;
mod serve;
mod tryout;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::run()
}
