//! The commands, one file for each family.

mod account;
mod app_password;
mod authorised_app;
mod check_config;
mod doctor;
mod import;
mod look;
mod migrate;
mod serve;
mod tryout;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use serde_json::Value;

use crate::admin::{self, Failure, FailureKind, Request, Route};
use crate::config::Config;
use crate::output::{Output, tell};

/// App-specific passwords for the mail, calendar and contacts servers that people already run.
#[derive(Parser)]
#[command(name = "valetkey", version, max_term_width = 110, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 done, 1 refused or not found, 2 wrong use, 75 temporary failure.")]
pub(crate) struct Cli {
    /// The configuration file [default: /etc/valetkey/valetkey.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print data as JSON on one line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything, in one process
    Serve,
    /// Run the whole thing on this machine with throw-away data
    Try(tryout::Try),
    /// Read the configuration and say what is wrong with it
    CheckConfig,
    /// Look through the servers that ask for what would defeat a revocation, and say what to do
    Doctor(doctor::Doctor),
    /// Make, show and change accounts
    #[command(subcommand)]
    Account(account::Account),
    /// Make, list and revoke app passwords
    #[command(subcommand)]
    AppPassword(app_password::AppPassword),
    /// List and remove apps that are authorised with an account and have no app password
    #[command(subcommand)]
    AuthorisedApp(authorised_app::AuthorisedApp),
    /// Sign in with an app password, read from standard input, as an app would, and say why it is refused
    Verify(look::Verify),
    /// Who is connected now
    Connections(look::Connections),
    /// Who did what
    Audit(look::Audit),
    /// What is still to be done
    #[command(subcommand)]
    Report(look::Report),
    /// Bring the store up to date, as the server does when it starts
    Migrate,
}

/// What every command stands on.
struct Context {
    config_file: Option<PathBuf>,
    output: Output,
}

impl Context {
    fn config(&self) -> Result<Config, Failure> {
        Config::read(self.config_file.as_deref(), std::env::vars_os()).map_err(|e| Failure::usage(e.to_string()))
    }

    /// How another command is typed that concerns the same server.
    fn typed(&self, command: &str) -> String {
        match &self.config_file {
            Some(file) => format!("valetkey --config {} {command}", file.display()),
            None => format!("valetkey {command}"),
        }
    }

    /// Asks the server or the store and prints the answer.
    fn ask(&self, request: Request, text: impl FnOnce(&Value) -> String) -> Result<ExitCode, Failure> {
        let answer = self.answer(request)?;
        self.output.print(&answer, text)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The same, for an answer with something in it that is shown once.
    fn ask_once(&self, request: Request, text: impl FnOnce(&Value) -> String) -> Result<ExitCode, Failure> {
        let answer = self.answer(request)?;
        self.output.print_once(&answer, text)?;
        Ok(ExitCode::SUCCESS)
    }

    fn answer(&self, request: Request) -> Result<Value, Failure> {
        match admin::ask(&self.config()?, request, Route::ServerOrStore)? {
            Some(answer) => answer,
            None => Err(Failure::temporary("nobody answers")),
        }
    }
}

/// Runs what the command line says.
pub(crate) fn run() -> ExitCode {
    forbid_core_dumps();
    let cli = Cli::parse();
    let context = Context { config_file: cli.config, output: if cli.json { Output::Json } else { Output::Text } };
    let outcome = match cli.command {
        Command::Serve => serve::run(&context),
        Command::Try(options) => tryout::run(&options),
        Command::CheckConfig => check_config::run(&context),
        Command::Doctor(options) => doctor::run(&context, &options),
        Command::Account(command) => account::run(&context, command),
        Command::AppPassword(command) => app_password::run(&context, command),
        Command::AuthorisedApp(command) => authorised_app::run(&context, command),
        Command::Verify(options) => look::verify(&context, options),
        Command::Connections(options) => look::connections(&context, options),
        Command::Audit(options) => look::audit(&context, options),
        Command::Report(report) => look::report(&context, report),
        Command::Migrate => migrate::run(&context),
    };
    outcome.unwrap_or_else(|failure| {
        tell(&format!("valetkey: {}", failure.message));
        ExitCode::from(match failure.kind {
            FailureKind::Refused | FailureKind::WrongCode => 1,
            FailureKind::Usage => 2,
            FailureKind::Temporary => 75,
        })
    })
}

/// Every command has secrets in its memory at one time or another.
fn forbid_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if setrlimit(Resource::Core, none).is_err() || set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
        tell("valetkey: core dumps cannot be switched off here");
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Every command's help, as people read it. A change of it is a change of the interface.
    #[test]
    fn the_help_is_as_reviewed() {
        fn all(command: &mut clap::Command, path: &str, out: &mut String) {
            let path = format!("{path}{} ", command.get_name());
            *out += &format!("=== {path}\n{}\n", command.render_long_help());
            for sub in command.get_subcommands_mut() {
                all(sub, &path, out);
            }
        }
        let mut command = Cli::command();
        command.build();
        let mut help = String::new();
        all(&mut command, "", &mut help);
        insta::assert_snapshot!(help);
    }
}
