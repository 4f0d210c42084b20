//! Cut off in the middle, or never read: nothing is lost that was accepted, nothing is made up, and memory has its bounds.

use std::time::Duration;

use valetkey_tests::client::Encryption;
use valetkey_tests::client::pop3::Pop3;
use valetkey_tests::client::smtp::{Smtp, message};
use valetkey_tests::client::talk::plain;
use valetkey_tests::clock::wait_for;
use valetkey_tests::crash::Chance;
use valetkey_tests::cutter::{Cut, Cutter};
use valetkey_tests::tryout::Tryout;

/// How many conversations are cut; `VALETKEY_CUTS` asks for more.
fn cuts(usual: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "how tests are run is said in the environment")]
    let asked = std::env::var("VALETKEY_CUTS").ok();
    asked.map_or(usual, |cuts| cuts.parse().expect("VALETKEY_CUTS is a number"))
}

/// An app that sends one letter, and goes away when it has sent so many bytes.
struct App {
    smtp: Smtp,
    left: usize,
}

impl App {
    /// `None` if it goes away now, or the connection has.
    fn say(&mut self, bytes: &[u8]) -> Option<()> {
        let now = bytes.len().min(self.left);
        self.left -= now;
        let sent = self.smtp.0.try_send(&bytes[..now]);
        (sent.is_ok() && now == bytes.len()).then_some(())
    }

    /// The reply; `None` if the connection has ended.
    fn hear(&mut self) -> Option<String> {
        self.smtp.try_reply().filter(|reply| !reply.starts_with("421 "))
    }

    /// Whether it was told that the letter was taken; `None` if it did not come so far.
    fn submit(&mut self, auth: &str, envelope: &str, letter: &[u8]) -> Option<bool> {
        self.say(b"EHLO app.example.org\r\n")?;
        self.hear()?;
        self.say(auth.as_bytes())?;
        if !self.hear()?.starts_with("235 ") {
            return None;
        }
        self.say(envelope.as_bytes())?;
        for code in ["250 ", "250 ", "354 "] {
            if !self.hear()?.starts_with(code) {
                return None;
            }
        }
        self.say(letter)?;
        self.say(b".\r\n")?;
        let is_taken = self.hear()?.starts_with("250 ");
        self.say(b"QUIT\r\n");
        Some(is_taken)
    }
}

/// Says the seed if what follows fails.
struct Seed(u64);

impl Drop for Seed {
    #[expect(clippy::print_stderr, reason = "whoever looks why a test failed reads it there")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed was {}: VALETKEY_SEED names it", self.0);
        }
    }
}

/// Somewhere in a conversation: every other time where a message ends.
fn place(chance: &Chance, before: usize, content: usize) -> usize {
    match chance.below(4) {
        0 => chance.below(before),
        1 => before + chance.below(content.max(1)),
        _ => (before + content + 12).saturating_sub(chance.below(24)),
    }
}

#[test]
fn conversations_cut_anywhere_lose_and_invent_nothing() {
    let tryout = Tryout::start();
    let bob = tryout.bob();
    let config = std::fs::read_to_string(tryout.commands.config()).expect("a configuration");
    let section = config.split("[submission]").nth(1).expect("Postfix is behind");
    let upstream = section.lines().find(|line| line.starts_with("upstream = ")).expect("it is named");
    let postfix = upstream.split('"').nth(1).and_then(|at| at.parse().ok()).expect("an address");
    let cutter = Cutter::in_front_of(postfix);
    let second = tryout.serve_beside(&[(upstream, &format!("upstream = \"{}\"", cutter.address()))]);
    let ada = second.commands.make_person("ada@example.org", "the primary password of Ada");
    let seed = Seed(Chance::seed());
    let chance = Chance::new(seed.0);
    let auth = format!("AUTH PLAIN {}\r\n", plain("", &ada.login, &ada.key.secret));
    let envelope = format!("MAIL FROM:<{}>\r\nRCPT TO:<{}>\r\nDATA\r\n", ada.login, bob.login);
    let before = "EHLO app.example.org\r\n".len() + auth.len() + envelope.len();
    let mut letters = Vec::new();
    for n in 0..cuts(100) {
        let size = chance.below(if chance.below(4) == 0 { 20_000 } else { 100 });
        let lines: Vec<String> = (0..size).map(|line| format!("line {line} of letter {n}\r\n")).collect();
        let body = lines.concat();
        let letter = message(&format!("letter-{n}"), body.as_bytes());
        let mut left = usize::MAX;
        cutter.cut(match chance.below(3) {
            0 => {
                left = place(&chance, before, letter.len());
                Cut::default()
            }
            // What the gateway says there is somewhat shorter than what the app says.
            1 => Cut { there: Some(place(&chance, before, letter.len())), back: None },
            _ => Cut { there: None, back: Some(chance.below(1200)) },
        });
        let mut app = App { smtp: Smtp::connect(second.entrance("submission"), Encryption::AtOnce), left };
        let is_taken = app.submit(&auth, &envelope, &letter).unwrap_or(false);
        if chance.below(2) == 0 {
            app.smtp.0.break_off();
        }
        letters.push((letter, is_taken));
    }
    wait_for("every connection is closed", || (second.commands.connections_of(&ada.login) == 0).then_some(()));
    tryout.all_is_delivered();
    let read = tryout.mail_of(&bob);
    let mut found = 0;
    for (n, (letter, is_taken)) in letters.iter().enumerate() {
        let count = read.iter().filter(|mail| mail.ends_with(letter)).count();
        assert!(count <= 1, "letter {n} is there {count} times");
        assert!(count == 1 || !is_taken, "letter {n} was taken and is not there");
        found += count;
    }
    assert_eq!(found, read.len(), "something is there in part");
    let taken = letters.iter().filter(|(_, is_taken)| *is_taken).count();
    println!("{} letters: {taken} were taken, {found} are there", letters.len());
    assert!(taken > 0 && taken < letters.len(), "nothing was tried: {taken} of {}", letters.len());
}

/// What an app that reads nothing may be waited for.
const STUCK: Duration = Duration::from_secs(2);
/// More than all sockets on the way hold.
const MUCH: usize = 512;
/// What the gateway may hold for one app that reads nothing, with all that a test's build needs.
const HELD_KIB_MAX: u64 = 16_000;

#[test]
fn an_app_that_never_reads_is_heard_no_more_and_costs_nobody_anything() {
    let tryout = Tryout::start();
    let (pop3, submission) = (tryout.entrance("pop3"), tryout.entrance("submission"));
    let ada = tryout.ada();
    let key = tryout.commands.make_key(&ada.login, "Never reads", &[]);
    let mut reading = Smtp::signed_in(&submission, &ada.login, &ada.key.secret);
    let before = tryout.memory_kib();
    let mut deaf = Pop3::signed_in(&pop3, &ada.login, &key.secret);
    says_until_stuck(&mut deaf.0, &"RETR 1\r\n".repeat(8192));
    let mut dumb = Smtp::signed_in(&submission, &ada.login, &key.secret);
    says_until_stuck(&mut dumb.0, &"EHLO app.example.org\r\nNOOP\r\n".repeat(4096));
    let held = tryout.memory_kib().saturating_sub(before);
    assert!(held < HELD_KIB_MAX, "{held} KiB");
    assert!(reading.ask("NOOP").starts_with("250 "), "others are served");
    let revoked = tryout.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
    assert_eq!(revoked["connections_closed"], 2, "{revoked}");
    deaf.0.until_closed();
    dumb.0.until_closed();
}

/// Says something again and again until nobody takes it any more.
fn says_until_stuck(talk: &mut valetkey_tests::client::talk::Talk, text: &str) {
    talk.wait_at_most(STUCK);
    for _ in 0..MUCH {
        if talk.try_send(text.as_bytes()).is_err() {
            return;
        }
    }
    panic!("{} bytes were taken of an app that reads nothing", MUCH * text.len());
}
