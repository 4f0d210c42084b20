//! Every letter in every language.

use valetkey_accounts::{By, Facts, Failures, Letter, MadeLink, Occasion, Reader};
use valetkey_domain::{
    AccountId, CalendarsAndContacts, EventId, OneTimeCode, RevocationReason, Role, Scopes, Service, Timestamp,
};
use valetkey_testkit::Seeded;

use super::mail::{Envelope, forms, write};
use super::sheet::sheet;
use crate::Settings;
use crate::locale::{Locales, Words};

const MOMENT: Timestamp = Timestamp::from_millis(1_795_226_667_123);

fn settings() -> Settings {
    Settings {
        registration: false,
        origin: "https://accounts.example.org".to_owned(),
        site: "example.org".to_owned(),
        contact: Some("postmaster@example.org".to_owned()),
        oauth: None,
        login_flow: None,
        app_settings: Vec::new(),
    }
}

fn everything() -> Facts {
    Facts {
        by: Some(By::Staff),
        label: Some("<b>Ada’s</b> laptop".to_owned()),
        is_name_unchecked: true,
        scopes: Some(Scopes::EVERYTHING),
        is_told_who: true,
        expires_at: Some(MOMENT),
        due_at: Some(MOMENT),
        days: Some(3),
        service: Some(Service::Imap),
        client: Some("Thunderbird 153".to_owned()),
        network: Some("2001:db8::7".to_owned()),
        count: Some(2),
        apps: 1,
        why: Some(RevocationReason::PasswordChanged),
        was_last: false,
        role: Some(Role::Auditor),
        address: Some("ada@elsewhere.example".to_owned()),
        failures: Failures {
            letters: 1,
            sign_outs: 2,
            tried_after_end: 2,
            primary_passwords: 3,
            removals: 11,
            suspended: 100,
        },
    }
}

fn letter(occasion: Occasion, facts: Facts) -> Letter {
    Letter {
        id: EventId::from_bytes([7; 16]),
        occasion,
        at: MOMENT,
        to: "ada@home.example".parse().expect("an address"),
        reader: Reader {
            login: valetkey_domain::LoginName::parse("ada@example.org", None).ok(),
            name: "Ada".parse().ok(),
            locale: None,
        },
        facts,
        attempts: 1,
        account: Some(AccountId::from_bytes([1; 16])),
    }
}

fn link(letter: &Letter) -> Option<MadeLink> {
    let code = OneTimeCode::generate(&Seeded::new(1));
    letter.link().map(|about| MadeLink { kind: about.kind, code, expires_at: MOMENT })
}

/// Every letter with all facts, with none, and where the last factor went.
fn letters() -> impl Iterator<Item = Letter> {
    Occasion::all().flat_map(|occasion| {
        let last = Facts { was_last: true, ..Facts::default() };
        [everything(), Facts::default(), last].map(|facts| letter(occasion, facts))
    })
}

fn written(w: &Words, letter: &Letter) -> (String, [String; 2]) {
    let sheet = sheet(w, &settings(), CalendarsAndContacts::Apart, letter, link(letter).as_ref());
    let forms = forms(w, &settings(), &sheet).expect("it is written");
    (sheet.subject, forms)
}

#[test]
fn every_letter_is_whole_in_every_language() {
    let locales = Locales::new();
    for w in locales.all() {
        for letter in letters() {
            let (subject, [text, html]) = written(w, &letter);
            let about = format!("{} in {}:\n{subject}\n{text}", letter.occasion.name(), w.tag());
            for part in [&subject, &text, &html] {
                let unsaid = ["{ $", "{$", "letter-", "fact-", "why-", "scope-", "??"];
                assert!(!unsaid.iter().any(|sign| part.contains(sign)), "{about}");
            }
            assert!(!subject.is_empty() && !subject.contains(['\r', '\n']), "{about}");
            let english = written(&locales.all()[0], &letter);
            let own: Vec<&str> = text.lines().filter(|line| english.1[0].contains(*line) && is_words(line)).collect();
            assert!(w.tag() == "en" || (subject != english.0 && own.is_empty()), "English is left: {own:?}\n{about}");
            assert!(!text.contains("\n\n\n") && text.ends_with('\n'), "{about}");
        }
    }
}

#[test]
fn a_letter_about_an_app_leads_to_the_authorised_apps_and_speaks_of_no_app_password() {
    let locales = Locales::new();
    for w in locales.all() {
        for occasion in [Occasion::AppAuthorised, Occasion::AppRemoved, Occasion::RemovedAppTried] {
            let (_, [text, html]) = written(w, &letter(occasion, everything()));
            for form in [&text, &html] {
                assert!(form.contains("https://accounts.example.org/authorised-apps"), "{form}");
                assert!(!form.contains(&w.say("letter-fact-app-password")), "{form}");
                let is_doubted = form.contains(&w.say("app-name-unchecked"));
                assert_eq!(is_doubted, occasion == Occasion::AppAuthorised, "{form}");
            }
        }
    }
}

#[test]
fn a_resumed_account_leads_to_the_portal_where_apps_of_both_kinds_are_let_in_anew() {
    let locales = Locales::new();
    for w in locales.all() {
        let (_, [text, _]) = written(w, &letter(Occasion::AccountResumed, everything()));
        assert!(text.contains("https://accounts.example.org/\n") && !text.contains("/app-passwords"), "{text}");
    }
}

#[test]
fn what_has_ended_is_said_of_each_kind_that_there_was() {
    let locales = Locales::new();
    let english = locales.find("en").expect("English");
    let told = |occasion, count, apps, why| {
        let facts = Facts { count: Some(count), apps, why: Some(why), by: Some(By::Operator), ..Facts::default() };
        let (subject, [text, _]) = written(english, &letter(occasion, facts));
        (subject, text)
    };
    for (occasion, count, apps, about, says, leads) in [
        (
            Occasion::AppPasswordsRevoked,
            3,
            0,
            "Your app passwords were revoked",
            "3 app passwords of yours were revoked. Their apps are signed out.",
            "/app-passwords",
        ),
        (
            Occasion::AppsRemoved,
            0,
            1,
            "Your authorised apps were removed",
            "1 app that you had authorised was removed. It is signed out.",
            "/authorised-apps",
        ),
        (
            Occasion::AppPasswordsRevoked,
            1,
            2,
            "Your app passwords were revoked, and your authorised apps removed",
            "1 app password of yours was revoked. Its app is signed out. 2 apps that you had authorised were removed. They are signed \
             out.",
            "/",
        ),
    ] {
        let (subject, text) = told(occasion, count, apps, RevocationReason::AllAsked);
        assert_eq!(subject, about);
        assert!(text.replace('\n', " ").contains(says), "{text}");
        assert!(text.contains(&format!("https://accounts.example.org{leads}\n")), "{text}");
        assert!(!text.contains("surprises you"), "{text}");
        let (_, text) = told(occasion, count, apps, RevocationReason::Suspended);
        assert!(text.contains("surprises you") && text.contains("https://accounts.example.org/\n"), "{text}");
    }
}

#[test]
fn who_did_it_and_why_never_contradict_each_other() {
    let locales = Locales::new();
    let actors = [None, Some(By::Owner), Some(By::Staff), Some(By::Operator), Some(By::Valetkey)];
    let reasons: Vec<_> = RevocationReason::ALL.into_iter().map(Some).chain([None]).collect();
    let messages = ["letter-by-owner", "letter-by-staff", "letter-by-operator", "letter-by-server"];
    for w in locales.all() {
        // What the portal says to whoever did it.
        let to_you = ["why-asked", "why-all-asked", "why-password-changed"].map(|name| w.say(name));
        let [asks, suggests] = ["letter-was-you", "letter-next"].map(|name| w.say(name));
        for occasion in Occasion::all() {
            for (by, why) in actors.iter().flat_map(|by| reasons.iter().map(move |why| (*by, *why))) {
                let about = format!("{} by {by:?} since {why:?} in {}", occasion.name(), w.tag());
                let letter = letter(occasion, Facts { by, why, apps: 1, ..everything() });
                let sheet = sheet(w, &settings(), CalendarsAndContacts::Apart, &letter, link(&letter).as_ref());
                let fact = |name: &str| {
                    let name = w.say(name);
                    sheet.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
                };
                let (said_by, said_why) = (fact("letter-fact-by"), fact("letter-fact-why"));
                assert!(said_why.as_ref().is_none_or(|why| !to_you.contains(why)), "{about}: {said_why:?}");
                assert_eq!(said_why.is_some(), !matches!(why, None | Some(RevocationReason::Asked)), "{about}");
                let names_an_actor = by.is_some() && occasion.link().is_none() && why != Some(RevocationReason::ByApp);
                assert_eq!(said_by.is_some(), names_an_actor, "{about}");
                if let (Some(said), Some(by)) = (said_by, by) {
                    assert_eq!(said, w.say(messages[by as usize]), "{about}");
                }
                // Only who may have done it is asked whether they did; what can still be stopped is left to the reader.
                let is_somebody_elses = !matches!(by, None | Some(By::Owner));
                let first = &sheet.advice[0].0;
                if is_somebody_elses && occasion != Occasion::FactorsRemovalAsked {
                    assert!(*first != asks, "{about}: {first}");
                }
                assert!(occasion != Occasion::FactorsRemovalAsked || *first == asks, "{about}: {first}");
                assert!(occasion.link().is_some() || *first == asks || *first == suggests, "{about}: {first}");
            }
        }
    }
}

/// Whether a line says something; addresses are the same in all languages.
fn is_words(line: &str) -> bool {
    line.contains(' ') && !line.contains("https://")
}

#[test]
fn html_asks_nothing_of_anybody_and_is_written_in_the_right_direction() {
    let locales = Locales::new();
    for w in locales.all() {
        for letter in letters() {
            let (_, [_, html]) = written(w, &letter);
            for foreign in ["<img", "<link", "<script", "src=", "url(", "@import", "http://", "<b>"] {
                assert!(!html.contains(foreign), "{foreign} in {html}");
            }
            let own = html.matches("https://").count();
            assert_eq!(own, html.matches("https://accounts.example.org/").count(), "{html}");
            assert!(html.contains(&format!("<html lang=\"{}\" dir=\"{}\">", w.tag(), w.direction())), "{html}");
        }
    }
}

#[test]
fn what_cannot_be_told_apart_is_one_in_letters_too() {
    let locales = Locales::new();
    let w = locales.find("en").expect("English");
    let facts = Facts { scopes: "calendars".parse().ok(), is_told_who: false, ..everything() };
    let opens = |together| {
        let letter = letter(Occasion::AppPasswordCreated, facts.clone());
        let sheet = sheet(w, &settings(), together, &letter, None);
        sheet.facts.into_iter().find(|(name, _)| *name == w.say("fact-opens")).map(|(_, value)| value)
    };
    assert_eq!(opens(CalendarsAndContacts::Apart).as_deref(), Some("Calendars"));
    assert_eq!(opens(CalendarsAndContacts::AsOne).as_deref(), Some("Calendars and contacts"));
}

#[test]
fn a_letter_tells_what_when_where_and_what_to_do() {
    let locales = Locales::new();
    let facts = Facts { by: Some(By::Owner), ..everything() };
    let (subject, [text, html]) = written(&locales.all()[0], &letter(Occasion::AppPasswordCreated, facts));
    assert_eq!(subject, "A new app password was made: <b>Ada’s</b> laptop");
    for told in [
        "Hello Ada,",
        "  App password: <b>Ada’s</b> laptop",
        "  Opens: Mail · Contacts · Calendars",
        "  When: 2026-11-21 02:04:27 UTC",
        "  From: 2001:db8::7",
        "  By: You, or somebody signed in as you",
        "Was it not you?",
        "https://accounts.example.org/app-passwords\n",
        "Something wrong? Ask postmaster@example.org",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    assert!(html.contains("&#60;b&#62;Ada’s&#60;/b&#62; laptop"), "{html}");
}

#[test]
fn a_link_is_in_its_letter_and_in_no_other() {
    let locales = Locales::new();
    let code = OneTimeCode::generate(&Seeded::new(1)).reveal();
    for letter in letters() {
        let (_, [text, html]) = written(&locales.all()[0], &letter);
        let paths = ["invite", "reset", "notice-address"];
        let link = paths.iter().find(|path| {
            text.contains(&format!("https://accounts.example.org/{path}/{}\n", code.expose())) && html.contains(**path)
        });
        assert_eq!(link.is_some(), letter.link().is_some(), "{text}");
    }
}

#[test]
fn strangers_are_not_told_what_somebody_calls_themselves() {
    let locales = Locales::new();
    for occasion in [Occasion::NoticeAddressGiven, Occasion::RegistrationAsked] {
        let mut letter = letter(occasion, Facts::default());
        letter.reader.name = None;
        let (_, [text, _]) = written(&locales.all()[0], &letter);
        assert!(text.starts_with("Hello,\n"), "{text}");
    }
}

#[test]
fn numbers_have_the_plurals_of_the_language() {
    let locales = Locales::new();
    let arabic = locales.find("ar").expect("it is there");
    let said: std::collections::BTreeSet<String> = [1, 2, 5, 11, 100]
        .iter()
        .map(|days| {
            written(arabic, &letter(Occasion::AppPasswordExpiresSoon, Facts { days: Some(*days), ..everything() })).0
        })
        .map(|subject| subject.chars().filter(|c| !c.is_ascii_digit()).collect())
        .collect();
    assert_eq!(said.len(), 5, "{said:?}");
    let english = |days| {
        written(
            &locales.all()[0],
            &letter(Occasion::AppPasswordExpiresSoon, Facts { days: Some(days), ..everything() }),
        )
        .0
    };
    assert!(english(1).contains("within 1 day:") && english(14).contains("within 14 days:"));
}

#[test]
fn mail_is_marked_as_a_machines_and_each_letter_has_one_id() {
    let locales = Locales::new();
    let (settings, from) = (settings(), "Accounts <accounts@example.org>".parse().expect("a sender"));
    let german = locales.of_reader(Some("de-AT"), "en");
    let envelope =
        Envelope { settings: &settings, calendars_and_contacts: CalendarsAndContacts::Apart, from: &from, now: MOMENT };
    let letter = letter(Occasion::ResetAsked, everything());
    let first = write(german, &envelope, &letter, link(&letter).as_ref()).expect("it is written").formatted();
    let first = String::from_utf8(first).expect("ASCII");
    for header in [
        "From: Accounts <accounts@example.org>\r\n",
        "To: ada@home.example\r\n",
        "Message-ID: <07070707-0707-0707-0707-070707070707@accounts.example.org>\r\n",
        "Date: Sat, 21 Nov 2026 02:04:27 +0000\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Language: de\r\n",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(first.contains(header), "{header:?} is not in\n{first}");
    }
    let later = Envelope { now: MOMENT + super::SENDING, ..envelope };
    let second = write(german, &later, &letter, None).expect("it is written").formatted();
    assert!(String::from_utf8(second).expect("ASCII").contains("<07070707-0707-0707-0707-070707070707@accounts"));
}

#[test]
fn readers_get_their_language_or_the_usual_one() {
    let locales = Locales::new();
    for (chosen, usual, tag) in
        [(Some("ar"), "en", "ar"), (Some("de-CH"), "en", "de"), (Some("fr"), "ms", "ms"), (None, "de", "de")]
    {
        assert_eq!(locales.of_reader(chosen, usual).tag(), tag);
    }
}

#[test]
fn an_address_that_is_none_is_an_error_and_no_panic() {
    let (settings, from) = (settings(), "accounts@example.org".parse().expect("a sender"));
    for address in ["\"a@b@example.org", "ada@exa_mple..org", "a@[1.2.3]", "ä@exämple.org"] {
        let mut letter = letter(Occasion::PasswordChanged, Facts::default());
        letter.to = address.parse().expect("it looks like one");
        let envelope = Envelope {
            settings: &settings,
            calendars_and_contacts: CalendarsAndContacts::Apart,
            from: &from,
            now: MOMENT,
        };
        drop(write(&Locales::new().all()[0].clone(), &envelope, &letter, None));
    }
}

#[test]
fn who_lets_an_app_in_reads_that_it_is_told_who_they_are() {
    let locales = Locales::new();
    let english = locales.find("en").expect("English");
    let opens = |facts| written(english, &letter(Occasion::AppAuthorised, facts)).1[0].clone();
    assert!(opens(Facts { is_told_who: true, ..Facts::default() }).contains("Who you are"));
    assert!(!opens(Facts { scopes: Some(Scopes::EVERYTHING), ..Facts::default() }).contains("Who you are"));
}
