//! What `docs/gateway` tells operators to write, run as it stands there.

use std::net::{Ipv4Addr, SocketAddr};

use valetkey_tests::asking::free_port;
use valetkey_tests::book::block;
use valetkey_tests::client::Encryption;
use valetkey_tests::client::collector::Collector;
use valetkey_tests::client::mail_app::Outcome;
use valetkey_tests::client::sender::{ALL, Mail, Sender, Sent};
use valetkey_tests::client::smtp::{Smtp, message};
use valetkey_tests::clock::wait_for;
use valetkey_tests::program;
use valetkey_tests::tryout::{Second, Tryout};

const PAGE: &str = "gateway/pop3-and-submission.md";

/// Adds to a file of the tryout's, and has its server read it.
fn add(tryout: &Tryout, file: &str, more: &str, reload: &[&str]) {
    let file = tryout.dir().join(file);
    let text = std::fs::read_to_string(&file).expect("a file of try");
    std::fs::write(&file, format!("{text}\n{more}")).expect("a file of try");
    let (program, arguments) = reload.split_first().expect("a command");
    program::run(program::command(program).args(arguments), "").succeeded();
}

fn section(with: &str, listeners: [&str; 2], behind: (&str, SocketAddr)) -> String {
    let ours = "\"127.0.0.1:0\"";
    let upstream = format!("\"{}\"", behind.1);
    block(PAGE, with, &[(listeners[0], ours), (listeners[1], ours), (behind.0, &upstream)])
}

#[test]
fn mail_is_sent_and_fetched_as_the_book_sets_it_up() {
    let tryout = Tryout::start();
    tryout.entrance("submission");
    let (pop3, smtp) = (free_port(), free_port());
    let dovecot = block(PAGE, "inet_listener pop3 {", &[("port = 10110", &format!("port = {}", pop3.port()))]);
    let conf = tryout.dir().join("dovecot/dovecot.conf").display().to_string();
    add(&tryout, "dovecot/dovecot.conf", &dovecot, &["doveadm", "-c", &conf, "reload"]);
    let socket = format!("smtpd_sasl_path=unix:{}", tryout.dir().join("dovecot/run/auth-client").display());
    let changes = [("127.0.0.1:10587", &*smtp.to_string()), ("smtpd_sasl_path=private/auth", &*socket)];
    let postfix = block(PAGE, "smtpd_authorized_xclient_hosts", &changes);
    let etc = tryout.dir().join("postfix/etc").display().to_string();
    add(&tryout, "postfix/etc/master.cf", &postfix, &["postfix", "-c", &etc, "reload"]);
    let second = tryout.serve_beside_with(&[
        section("[pop3]", ["\"[::]:995\"", "\"[::]:110\""], ("\"127.0.0.1:10110\"", pop3)),
        section("xclient = true", ["\"[::]:465\"", "\"[::]:587\""], ("\"127.0.0.1:10587\"", smtp)),
    ]);
    let ada = second.commands.make_person("ada@example.org", "the primary password of Ada");
    let (way, secret) = (Encryption::AtOnce, &*ada.key.secret);
    let read = Collector::Curl(way, "PLAIN").read(second.entrance("pop3"), &ada.login, secret);
    assert_eq!(read, Outcome::HasRead);
    let (recipient, letter) = (&*tryout.bob().login, message("book", b"As the book says.\r\n"));
    let mail = Mail { login: &ada.login, secret, sender: &ada.login, recipient, message: &letter };
    assert_eq!(Sender::Curl(way, "PLAIN").send(second.entrance("submission"), mail), Sent::Taken);
    assert!(tryout.await_mail(&tryout.bob(), 1)[0].ends_with(&letter));
}

/// A Valetkey before Dovecot's submission service, behind which is the door of `try`'s Postfix.
fn before_dovecots_submission(tryout: &Tryout) -> Second {
    tryout.entrance("submission");
    let masters = std::fs::read_to_string(tryout.dir().join("postfix/etc/master.cf")).expect("a file of try");
    let door = masters.lines().find(|line| line.contains(" inet ")).and_then(|line| line.split(' ').next());
    let relay: SocketAddr = door.and_then(|door| door.parse().ok()).expect("the door's address");
    let submission = free_port();
    let changes = [
        ("submission_relay_port = 10587", &*format!("submission_relay_port = {}", relay.port())),
        ("port = 10588", &*format!("port = {}", submission.port())),
    ];
    let dovecot = block(PAGE, "service submission-login {", &changes);
    // The package switches it on by itself. Here nobody is root.
    let more = "protocols = $protocols submission\nservice submission-login {\n  chroot =\n}\n";
    let conf = tryout.dir().join("dovecot/dovecot.conf").display().to_string();
    add(tryout, "dovecot/dovecot.conf", &format!("{dovecot}{more}"), &["doveadm", "-c", &conf, "reload"]);
    let upstream = ("\"127.0.0.1:10588\"", submission);
    tryout.serve_beside_with(&[section("upstream = \"127.0.0.1:10588\"", ["\"[::]:465\"", "\"[::]:587\""], upstream)])
}

#[test]
fn mail_is_sent_through_dovecots_submission_service_byte_for_byte() {
    let tryout = Tryout::start();
    let second = before_dovecots_submission(&tryout);
    let (ada, bob) = (second.commands.make_person("ada@example.org", "the primary password of Ada"), tryout.bob());
    let entrance = second.entrance("submission");
    let body = ".\r\n..\r\n.a line that begins with a dot\r\nGr\u{fc}\u{df}e aus \u{4eac}\u{90fd}\r\n\r\nFrom here\r\n";
    let sent: Vec<Vec<u8>> = (0..ALL.len()).map(|n| message(&format!("app-{n}"), body.as_bytes())).collect();
    for (app, message) in ALL.iter().zip(&sent) {
        let mail =
            Mail { login: &ada.login, secret: &ada.key.secret, sender: &ada.login, recipient: &bob.login, message };
        assert_eq!(app.send(entrance, mail), Sent::Taken, "{app:?}");
        assert_eq!(app.send(entrance, Mail { sender: &bob.login, ..mail }), Sent::SaysForeign, "{app:?}");
        assert_eq!(app.send(entrance, Mail { secret: &bob.key.secret, ..mail }), Sent::SaysRefused, "{app:?}");
    }
    let read = tryout.await_mail(&bob, ALL.len());
    for (app, message) in ALL.iter().zip(&sent) {
        assert_eq!(read.iter().filter(|mail| mail.ends_with(message)).count(), 1, "{app:?}");
    }
}

#[test]
fn dovecots_submission_service_knows_where_an_app_is_and_never_sees_the_end_of_what_was_cut() {
    let tryout = Tryout::start();
    let second = before_dovecots_submission(&tryout);
    let (ada, bob) = (second.commands.make_person("ada@example.org", "the primary password of Ada"), tryout.bob());
    let entrance = second.entrance("submission");
    let connect = |secret: &str| {
        let mut smtp = Smtp::connect_from(Ipv4Addr::new(127, 0, 0, 9).into(), entrance);
        assert!(smtp.sign_in(&ada.login, secret).starts_with("235 "));
        smtp
    };
    let lost = second.commands.make_key(&ada.login, "Lost", &[]);
    let (mut between, mut inside) = (connect(&lost.secret), connect(&lost.secret));
    inside.begin(&ada.login, &bob.login);
    inside.0.send(&message("half", b"Begun by somebody who has lost the right to.\r\n."));
    let revoked = second.commands.ask(&["app-password", "revoke", &ada.login, &lost.id]);
    assert_eq!(revoked["connections_closed"], 2, "{revoked}");
    assert!(between.0.until_closed().iter().all(|line| line.starts_with("421 4.7.0 ")));
    inside.0.until_closed();
    let letter = message("whole", b"It is me.\r\n");
    let mut smtp = connect(&ada.key.secret);
    for command in ["XCLIENT LOGIN=bob@example.org", "AUTH PLAIN AGJvYgB4", "BURL imap://x LAST"] {
        assert!(smtp.ask(command).starts_with("50"), "{command}");
    }
    smtp.begin(&ada.login, &bob.login);
    assert!(smtp.content(&letter).starts_with("250 "));
    assert!(smtp.ask("QUIT").starts_with("221 "));
    tryout.all_is_delivered();
    let read = tryout.mail_of(&bob);
    assert!(read.len() == 1 && read[0].ends_with(&letter), "{} messages", read.len());
    tryout.line_of_postfix(&["[127.0.0.9]", "sasl_method=XCLIENT", "sasl_username=ada@example.org"]);
    wait_for("Dovecot's line of the sign-in", || {
        let parts = ["submission-login: ", "Login: user=<ada@example.org>", "rip=127.0.0.9"];
        tryout.log_of_dovecot().lines().any(|line| parts.iter().all(|part| line.contains(part))).then_some(())
    });
}

#[test]
fn while_dovecots_submission_service_is_away_apps_are_told_to_come_later() {
    let tryout = Tryout::start();
    let second = before_dovecots_submission(&tryout);
    let ada = second.commands.make_person("ada@example.org", "the primary password of Ada");
    let sign_in =
        |secret: &str| Smtp::connect(second.entrance("submission"), Encryption::AtOnce).sign_in(&ada.login, secret);
    assert!(sign_in(&ada.key.secret).starts_with("235 "));
    let conf = tryout.dir().join("dovecot/dovecot.conf").display().to_string();
    program::run(program::command("doveadm").args(["-c", &conf, "service", "stop", "submission-login"]), "")
        .succeeded();
    assert!(sign_in(&ada.key.secret).starts_with("454 4.7.0 "));
    assert!(sign_in("abcd-efgh-ijkl-mnop").starts_with("535 5.7.8 "), "that it is wrong is known without Dovecot");
    program::run(program::command("doveadm").args(["-c", &conf, "reload"]), "").succeeded();
    wait_for("it is there again", || sign_in(&ada.key.secret).starts_with("235 ").then_some(()));
}
