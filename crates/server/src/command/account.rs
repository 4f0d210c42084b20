//! `valetkey account …`

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Context;
use super::import::{self, Import};
use crate::admin::{Failure, FailureKind, Hidden, Request};
use crate::output::{self, Output, apps_ended, count, other_servers, say, table, text};

#[derive(Subcommand)]
pub(super) enum Account {
    /// Make an account; without a password its owner is invited
    Create(Create),
    /// Make an account and a one-time link by which its owner chooses a password
    Invite(Invite),
    /// Make a one-time link for somebody who forgot the password or lost the invitation; nothing is revoked until it is used
    Link(Login),
    /// Make the accounts that another program's file has, with their hashes; what is there already is skipped
    Import(Import),
    /// Add an authenticator app: shows the QR code to scan, asks for a code from the app, and prints recovery codes to keep;
    /// with --json the secret is printed and counts at once
    EnrolTotp(EnrolTotp),
    /// Remove a second factor; with the last one all app passwords are revoked and authorised apps removed
    RemoveFactor(RemoveFactor),
    /// Replace the recovery codes
    RecoveryCodes(Login),
    /// Give an account a role, or take its role
    Role(Role),
    /// Give an account another login name, or take one away
    Alias(Alias),
    /// List accounts
    List(List),
    /// Show an account
    Show(Login),
    /// Stop an account: all its app passwords are revoked, its authorised apps removed and its connections closed
    Suspend(Login),
    /// Let a suspended account go on; what was revoked and removed stays so
    Resume(Login),
    /// Delete an account and everything that belongs to it
    Delete(Delete),
    /// Replace the primary password of somebody who does not know it; all app passwords are revoked and
    /// authorised apps removed
    ResetPassword(ResetPassword),
    /// Replace the primary password with the old one and a code; all app passwords are revoked and authorised apps
    /// removed
    ChangePassword(ChangePassword),
}

#[derive(Args)]
pub(super) struct Login {
    /// The account's login name
    login: String,
}

#[derive(Args)]
pub(super) struct Create {
    /// The account's login name; one without a domain gets the default domain
    login: String,
    /// Another login name of the same account
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    /// A printer, a scanner, a script: it has app passwords only, made by an administrator
    #[arg(long, conflicts_with = "password_stdin")]
    device: bool,
    /// The name that people see
    #[arg(long, default_value = "")]
    name: String,
    /// Where notices go: an address outside the account's own mailbox
    #[arg(long, value_name = "ADDRESS")]
    notice_address: Option<String>,
    /// Read the primary password from standard input, on one line
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
pub(super) struct Invite {
    /// The account's login name; one without a domain gets the default domain
    login: String,
    /// Another login name of the same account
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    /// The name that people see
    #[arg(long, default_value = "")]
    name: String,
    /// Where notices go: an address outside the account's own mailbox
    #[arg(long, value_name = "ADDRESS")]
    notice_address: Option<String>,
    /// Send the link there, and print none
    #[arg(long, requires = "notice_address")]
    mail: bool,
}

#[derive(Args)]
pub(super) struct EnrolTotp {
    /// The account's login name
    login: String,
    /// What its owner calls the authenticator app
    #[arg(long, default_value = "Authenticator app")]
    label: String,
}

#[derive(Args)]
pub(super) struct RemoveFactor {
    /// The account's login name
    login: String,
    /// Which second factor, if there are several: its id, as `account show` lists it
    factor: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(super) struct Role {
    /// The account's login name
    login: String,
    /// administrator, helpdesk, auditor or none
    role: String,
}

#[derive(Args)]
pub(super) struct Alias {
    /// The account's login name
    login: String,
    /// The other login name
    #[arg(value_name = "ALIAS")]
    name: String,
    /// Take it from the account
    #[arg(long)]
    remove: bool,
}

#[derive(Args)]
pub(super) struct List {
    /// After this login name: for the next page
    #[arg(long, value_name = "LOGIN")]
    after: Option<String>,
    /// At most this many, up to 1000
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    limit: usize,
}

#[derive(Args)]
pub(super) struct Delete {
    /// The account's login name
    login: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(super) struct ResetPassword {
    /// The account's login name
    login: String,
    /// Read the new password from standard input, on one line
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
pub(super) struct ChangePassword {
    /// The account's login name
    login: String,
    /// Read the old password, a code and the new password from standard input, a line each
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(context: &Context, command: Account) -> Result<ExitCode, Failure> {
    match command {
        Account::Create(options) => create(context, options),
        Account::Invite(Invite { login, alias, name, notice_address, mail }) => {
            let request = Request::AccountInvite { login, aliases: alias, name, notice_address, by_mail: mail };
            context.ask_once(request, link)
        }
        Account::Link(Login { login }) => context.ask_once(Request::AccountLink { login }, link),
        Account::Import(options) => import::run(context, &options),
        Account::EnrolTotp(options) => enrol_totp(context, options),
        Account::RemoveFactor(RemoveFactor { login, factor, yes }) => {
            let question = format!(
                "Remove a second factor of {login}? With the last one all app passwords are revoked and authorised apps removed"
            );
            if !yes && !output::agreed(&question) {
                return Err(Failure::usage("nothing was removed; say --yes if you mean it"));
            }
            context.ask(Request::RemoveFactor { login, factor }, |a| {
                let last = if a["was_last"] == true { " It was the last one." } else { "" };
                format!("The second factor of {} is removed.{last} {}", text(&a["login"]), ended(a))
            })
        }
        Account::RecoveryCodes(Login { login }) => context.ask_once(Request::RecoveryCodes { login }, |a| {
            format!("The old recovery codes are void. The new ones:\n{}", codes(a))
        }),
        Account::Role(Role { login, role }) => {
            let role = (role != "none").then_some(role);
            context.ask(Request::AccountRole { login, role }, |a| match a["role"].as_str() {
                Some(role) => {
                    format!("{} is {role} now. Links that were open for this account are over.", text(&a["login"]))
                }
                None => format!("{} has no role now.", text(&a["login"])),
            })
        }
        Account::Alias(Alias { login, name: alias, remove }) => {
            context.ask(Request::AccountAlias { login, alias, remove }, |a| {
                let verb = if a["removed"] == true { "is no login name any more of" } else { "is a login name now of" };
                format!("{} {verb} {}.{}", text(&a["alias"]), text(&a["login"]), other_servers(a))
            })
        }
        Account::List(List { after, limit }) => context.ask(Request::AccountList { after, limit }, list),
        Account::Show(Login { login }) => context.ask(Request::AccountShow { login }, show),
        Account::Suspend(Login { login }) => context
            .ask(Request::AccountSuspend { login }, |a| format!("{} is suspended. {}", text(&a["login"]), ended(a))),
        Account::Resume(Login { login }) => context.ask(Request::AccountResume { login }, |a| {
            format!("{} is active again. What was revoked and removed stays so.", text(&a["login"]))
        }),
        Account::Delete(options) => delete(context, options),
        Account::ResetPassword(ResetPassword { login, password_stdin }) => {
            let password = new_password(password_stdin)?;
            context.ask(Request::ResetPassword { login, password }, replaced)
        }
        Account::ChangePassword(ChangePassword { login, password_stdin }) => {
            let old = if password_stdin {
                output::secret_line("the old password")
            } else {
                output::secret("The old password", false)
            }?;
            let code = if password_stdin {
                output::secret_line("a code")
            } else {
                output::secret("A code from the authenticator app, or a recovery code", false)
            }?;
            let new = new_password(password_stdin)?;
            context.ask(Request::ChangePassword { login, old, code, new }, replaced)
        }
    }
}

fn new_password(from_stdin: bool) -> Result<Hidden, Failure> {
    if from_stdin { output::secret_line("the new password") } else { output::secret("The new password", true) }
}

fn create(context: &Context, options: Create) -> Result<ExitCode, Failure> {
    let password = if options.password_stdin { Some(output::secret_line("the password")?) } else { None };
    let Create { login, alias, device, name, notice_address, .. } = options;
    let request = Request::AccountCreate { login, aliases: alias, device, name, notice_address, password };
    context.ask(request, |a| {
        let next = match a["state"].as_str() {
            Some("invited") => " It has no password yet: set one with `valetkey account reset-password LOGIN`.",
            _ if a["kind"] == "person" => {
                " Before it can have app passwords it needs a second factor: `valetkey account enrol-totp LOGIN`."
            }
            _ => "",
        };
        format!("The account {} is made.{next}", text(&a["login"]))
    })
}

/// At a terminal the person scans the QR code and types a code from the app, which shows that the seed arrived. A
/// program asks for JSON and gets the seed, which counts at once. With neither, nobody would have it.
fn enrol_totp(context: &Context, options: EnrolTotp) -> Result<ExitCode, Failure> {
    let EnrolTotp { login, label } = options;
    if context.output == Output::Text && !output::is_interactive() {
        return Err(Failure::usage(
            "nothing was added: there is no terminal to ask at for a code from the app. A program gets the secret with --json, and it counts at once",
        ));
    }
    let offer = context.answer(Request::OfferTotp { login: login.clone() })?;
    let seed = || Hidden::new(text(&offer["totp_secret"]));
    let enrol =
        |code| context.answer(Request::EnrolTotp { login: login.clone(), label: label.clone(), seed: seed(), code });
    if context.output == Output::Text {
        say(&format!(
            "{}\nScan this with an authenticator app, or type the secret into it:\n\n    {}\n",
            qr(&text(&offer["uri"])),
            text(&offer["totp_secret"])
        ))?;
    }
    let mut answer = if context.output == Output::Text {
        let mut tries = 3;
        loop {
            tries -= 1;
            match enrol(Some(Hidden::new(output::line("The six digits that the app shows now")?))) {
                Err(wrong) if wrong.kind == FailureKind::WrongCode && tries > 0 => {
                    output::tell(&format!("{}. Is the phone's clock right? Try the next one.", wrong.message));
                }
                enrolled => break enrolled?,
            }
        }
    } else {
        enrol(None)?
    };
    answer["uri"] = offer["uri"].clone();
    context.output.print_once(&answer, |a| {
        let kept = codes(a);
        let codes = if kept.is_empty() {
            String::new()
        } else {
            format!(
                "\n\nRecovery codes, each good once if the phone is gone. Print them; they are not shown again:\n{kept}"
            )
        };
        format!("The authenticator app of {} is added.{codes}", text(&a["login"]))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn qr(uri: &str) -> String {
    qrcode::QrCode::new(uri).map_or_else(
        // Longer than any QR code can be: the secret below can be typed.
        |_| String::new(),
        |code| on_white(&code.render::<qrcode::render::unicode::Dense1x2>().quiet_zone(true).build()),
    )
}

/// Black on white whatever the terminal's colours are: scanners do not read the negative.
fn on_white(code: &str) -> String {
    if !std::io::stdout().is_terminal() {
        return code.to_owned();
    }
    let lines: Vec<String> = code.lines().map(|line| format!("\x1b[38;5;16;48;5;231m{line}\x1b[0m")).collect();
    lines.join("\n")
}

fn delete(context: &Context, options: Delete) -> Result<ExitCode, Failure> {
    let Delete { login, yes } = options;
    if !yes && !output::agreed(&format!("Delete {login} and everything that belongs to it? This cannot be undone")) {
        return Err(Failure::usage("nothing was deleted; say --yes if you mean it"));
    }
    context.ask(Request::AccountDelete { login }, |a| {
        format!(
            "{} is deleted. {}. Its login names stay reserved for a while.{}",
            text(&a["login"]),
            count(&a["connections_closed"], "connection closed", "connections closed"),
            other_servers(a)
        )
    })
}

fn link(answer: &Value) -> String {
    if let Some(address) = answer["mailed_to"].as_str() {
        return format!("An invitation for {} is on its way to {address}.", text(&answer["login"]));
    }
    let what = if answer["kind"] == "invitation" { "choose a password" } else { "choose a new password" };
    let (login, code, until) = (text(&answer["login"]), text(&answer["code"]), text(&answer["expires_at"]));
    let Some(link) = answer["link"].as_str() else {
        return format!(
            "With this code {login} can {what}, once, until {until}:\n    {code}\nThere is no portal to use it on: add a section [portal] to the configuration."
        );
    };
    format!(
        "With this link {login} can {what}, once, until {until}:\n    {link}\nOr, on the page \"Forgotten your password?\", with this code:\n    {code}\nHand it over by another way than the mailbox that it opens."
    )
}

fn replaced(answer: &Value) -> String {
    format!("The primary password of {} is replaced. {}", text(&answer["login"]), ended(answer))
}

fn ended(answer: &Value) -> String {
    format!(
        "{}, {}.{}",
        apps_ended(answer),
        count(&answer["connections_closed"], "connection closed", "connections closed"),
        other_servers(answer)
    )
}

fn codes(answer: &Value) -> String {
    let list = answer["recovery_codes"].as_array().into_iter().flatten();
    list.map(|code| format!("    {}", text(code))).collect::<Vec<_>>().join("\n")
}

fn list(answer: &Value) -> String {
    let rows = answer.as_array().into_iter().flatten().map(|a| {
        let factors = if a["has_second_factor"] == true { "yes" } else { "no" };
        [
            text(&a["login"]),
            text(&a["kind"]),
            text(&a["state"]),
            text(&a["role"]),
            text(&a["active_app_passwords"]),
            text(&a["active_authorised_apps"]),
            factors.to_owned(),
        ]
    });
    table(["LOGIN", "KIND", "STATE", "ROLE", "APP PASSWORDS", "AUTHORISED APPS", "TWO FACTORS"], rows)
}

fn show(answer: &Value) -> String {
    let factors = answer["second_factors"].as_array().into_iter().flatten();
    let factors: Vec<String> =
        factors.map(|f| format!("{} \"{}\" ({})", text(&f["kind"]), text(&f["label"]), text(&f["id"]))).collect();
    let rows = [
        ("login names", text(&answer["login_names"])),
        ("name", text(&answer["name"])),
        ("kind", text(&answer["kind"])),
        ("state", text(&answer["state"])),
        ("role", text(&answer["role"])),
        ("notice address", text(&answer["notice_address"])),
        ("made", text(&answer["created_at"])),
        ("primary password", if answer["has_password"] == true { "set" } else { "none" }.to_owned()),
        ("second factors", if factors.is_empty() { "none".to_owned() } else { factors.join(", ") }),
        ("recovery codes", format!("{} left", text(&answer["recovery_codes_left"]))),
        ("app passwords", format!("{} of 25 in use", text(&answer["active_app_passwords"]))),
        ("authorised apps", text(&answer["active_authorised_apps"])),
        ("connected now", text(&answer["connections"])),
    ];
    let shown = rows.iter().filter(|(_, value)| !value.is_empty());
    shown.map(|(key, value)| format!("{key:18}{value}")).collect::<Vec<_>>().join("\n")
}
