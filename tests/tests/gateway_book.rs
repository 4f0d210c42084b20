//! What `docs/gateway` tells operators to write, run as it stands there.

use std::net::SocketAddr;

use valetkey_tests::asking::free_port;
use valetkey_tests::book::block;
use valetkey_tests::client::Encryption;
use valetkey_tests::client::collector::Collector;
use valetkey_tests::client::mail_app::Outcome;
use valetkey_tests::client::sender::{Mail, Sender, Sent};
use valetkey_tests::client::smtp::message;
use valetkey_tests::program;
use valetkey_tests::tryout::Tryout;

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
        section("[submission]", ["\"[::]:465\"", "\"[::]:587\""], ("\"127.0.0.1:10587\"", smtp)),
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
