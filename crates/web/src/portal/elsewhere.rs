//! What other servers do when somebody is signed out: what is to be expected of them, and what they did.

use std::borrow::Cow;

use fluent_bundle::FluentValue;
use valetkey_accounts::{Asked, Cuts, Elsewhere, SignOutOutcome, SignOutTrouble, Standing};

use crate::Portal;
use crate::locale::Words;

/// What will happen there, for the page that asks whether to go on.
pub(super) fn plan(portal: &Portal, words: &Words) -> Vec<String> {
    let servers = portal.accounts.settings().other_servers.iter();
    let fact = |cuts| match cuts {
        Cuts::Person => "other-plan-person",
        Cuts::AsTold => "other-plan-told",
        Cuts::Nothing => "other-plan-nothing",
    };
    servers.map(|server| words.about(fact(server.cuts), "server", &server.name)).collect()
}

/// Whether apps with other app passwords go on as before, everywhere.
pub(super) fn spares_other_apps(portal: &Portal) -> bool {
    portal.accounts.settings().other_servers.iter().all(|server| server.cuts != Cuts::Person)
}

/// What they did about a change, behind what else is said of it.
pub(super) async fn after(portal: &Portal, words: &Words, said: String, asked: Asked) -> String {
    let servers = portal.accounts.other_servers(asked).await;
    servers.iter().fold(said, |said, one| said + " " + &told(words, one))
}

/// What one did.
pub(super) fn told(words: &Words, one: &Elsewhere) -> String {
    let server = &*one.server;
    match one.standing {
        Standing::Cut { outcome, final_in } => {
            let done = match outcome {
                SignOutOutcome::Closed(count) => {
                    let count = FluentValue::from(count);
                    words
                        .with("other-closed", &[("server", FluentValue::from(Cow::Borrowed(server))), ("count", count)])
                }
                SignOutOutcome::Told => words.about("other-told", "server", server),
            };
            match final_in {
                Some(time) => {
                    let seconds = usize::try_from(time.as_millis().div_ceil(1000)).unwrap_or(usize::MAX);
                    format!("{done} {}", words.count("other-final-in", "seconds", &seconds))
                }
                None => done,
            }
        }
        Standing::Pending { why } => {
            words.about_both("other-pending", ("server", server), ("why", &trouble(words, why)))
        }
        Standing::GivenUp { why } => {
            words.about_both("other-given-up", ("server", server), ("why", &trouble(words, why)))
        }
        Standing::CannotBeCut => words.about("other-cannot", "server", server),
        Standing::NotConfigured => words.about("other-not-configured", "server", server),
    }
}

fn trouble(words: &Words, why: Option<SignOutTrouble>) -> String {
    use SignOutTrouble::{ExitCode, Garbled, NoProgram, Signal, Status, TooSlow, UnfitLogin, Unreachable, Untrusted};
    match why {
        None => words.say("other-why-not-yet"),
        Some(Unreachable) => words.say("other-why-unreachable"),
        Some(Untrusted) => words.say("other-why-untrusted"),
        Some(TooSlow) => words.say("other-why-too-slow"),
        Some(Status(code)) => words.about("other-why-status", "code", &code.to_string()),
        Some(Garbled) => words.say("other-why-garbled"),
        Some(ExitCode(code)) => words.about("other-why-exit-code", "code", &code.to_string()),
        Some(Signal(number)) => words.about("other-why-signal", "code", &number.to_string()),
        Some(NoProgram) => words.say("other-why-no-program"),
        Some(UnfitLogin) => words.say("other-why-unfit-login"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::locale::Locales;

    #[test]
    fn it_is_said_how_far_each_server_is() {
        let locales = Locales::new();
        let say = |tag: &str, server: &str, standing| {
            told(locales.find(tag).expect("a language"), &Elsewhere { server: server.to_owned(), standing })
        };
        let cut = |count, final_in| Standing::Cut { outcome: SignOutOutcome::Closed(count), final_in };
        let soon = Some(Duration::from_millis(59_400));
        assert_eq!(say("en", "Dovecot", cut(2, soon)), "Dovecot: 2 connections closed. Final in 60 s.");
        assert_eq!(say("en", "Dovecot", cut(1, None)), "Dovecot: 1 connection closed.");
        assert_eq!(say("de", "Dovecot", cut(0, None)), "Dovecot: keine Verbindung war offen.");
        let why = Some(SignOutTrouble::Unreachable);
        assert_eq!(say("en", "Webmail", Standing::Pending { why }), "Webmail: pending, it does not answer.");
        assert_eq!(say("en", "Postfix", Standing::CannotBeCut), "Postfix: cannot be told; its sessions are short.");
        let why = Some(SignOutTrouble::ExitCode(3));
        for locale in locales.all() {
            let said = say(locale.tag(), "Webmail", Standing::GivenUp { why });
            assert!(said.contains("Webmail") && said.contains('3') && !said.contains("other-"), "{said}");
            let said = say(locale.tag(), "Webmail", Standing::NotConfigured);
            assert!(said.contains("Webmail") && !said.contains("other-"), "{said}");
        }
    }
}
