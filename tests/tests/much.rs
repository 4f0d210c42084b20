//! Large messages and large folders: they come through as they are, and the gateway keeps nothing of them. With the feature
//! `rare` they are as large as any that people have.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use valetkey_tests::client::Door;
use valetkey_tests::client::imap::Imap;
use valetkey_tests::client::smtp::message;
use valetkey_tests::clock::{PATIENCE, look_for};
use valetkey_tests::crash::Chance;
use valetkey_tests::program;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::tryout::{Person, Tryout};

/// How large a large message is: over any buffer, or a gigabyte.
const MESSAGE_BYTES: usize = if cfg!(feature = "rare") { 1_000_000_000 } else { 10_000_000 };
/// How many messages a large folder has.
const MESSAGES: usize = if cfg!(feature = "rare") { 100_000 } else { 2_000 };
/// What the gateway may hold for a message on its way, with all that a test's build needs.
const HELD_KIB_MAX: u64 = 16_000;
const ADA: &str = "ada@example.org";

/// Writes a message of Ada's to Bob.
fn large_message(file: &Path) {
    let chance = Chance::new(100);
    let mut out = BufWriter::new(File::create(file).expect("a file in a directory of ours"));
    out.write_all(&message("large", b"")).expect("room for it");
    for _ in 0..MESSAGE_BYTES / 80 {
        writeln!(out, "{:078x}\r", chance.below(usize::MAX)).expect("room for it");
    }
    out.flush().expect("room for it");
}

/// That a file ends in what another one is.
fn expect_at_end(received: &Path, sent: &Path, what: &str) {
    let [read, whole] = [received, sent].map(|file| file.metadata().expect("a file that was written").len());
    assert!(read >= whole, "{what}: {read} bytes, and {whole} were sent");
    let mut cmp = program::long_command("cmp");
    let ran = program::run(cmp.args(["--ignore-initial", &format!("{}:0", read - whole)]).args([received, sent]), "");
    assert_eq!(ran.code, 0, "{what}: {ran:?}");
}

/// curl, signed in, with much time.
fn curl(tryout: &Tryout, person: &Person) -> Command {
    let mut command = program::long_command("curl");
    command.args(["--silent", "--show-error", "--cacert"]).arg(&tryout.door.ca);
    command.args(["--user", &format!("{}:{}", person.login, person.key.secret)]);
    command
}

fn url(scheme: &str, at: SocketAddr, rest: &str) -> String {
    format!("{scheme}://localhost:{}/{rest}", at.port())
}

/// Waits until somebody's mailbox has so many messages.
fn await_count(tryout: &Tryout, person: &Person, count: usize) {
    let found = look_for(PATIENCE * 20, || {
        let mut imap = Imap::connect(&tryout.door);
        assert!(imap.sign_in(&person.login, &person.key.secret).is_ok());
        imap.ask("STATUS INBOX (MESSAGES)").text().contains(&format!("MESSAGES {count})")).then_some(())
    });
    assert!(found.is_some(), "{}", tryout.log_of_postfix());
}

/// Reads a message by its number over IMAP and POP3, and sees that it is what was sent.
fn expect_read(tryout: &Tryout, person: &Person, number: usize, sent: &Path) {
    let received = tryout.dir().join("received");
    let pop3 = tryout.entrance("pop3").tls;
    for url in
        [url("imaps", tryout.door.imaps, &format!("INBOX;MAILINDEX={number}")), url("pop3s", pop3, &number.to_string())]
    {
        program::run(curl(tryout, person).arg("--output").arg(&received).arg(&url), "").succeeded();
        expect_at_end(&received, sent, &url);
    }
}

#[test]
fn a_large_message_that_is_sent_is_read_byte_for_byte_and_kept_nowhere() {
    let tryout = Tryout::start();
    let entrance = tryout.entrance("submission");
    let (ada, bob) = (tryout.ada(), tryout.bob());
    let etc = tryout.dir().join("postfix/etc").display().to_string();
    let without_limit = ["-c", &etc, "-e", "message_size_limit=0"];
    program::run(program::command("postconf").args(without_limit), "").succeeded();
    program::run(program::command("postfix").args(["-c", &etc, "reload"]), "").succeeded();
    // The samples have their numbers from here on.
    await_count(&tryout, &bob, 3);
    let sent = tryout.dir().join("to-send");
    large_message(&sent);
    let before = tryout.memory_kib();
    let mut command = curl(&tryout, &ada);
    command.args(["--mail-from", &ada.login, "--mail-rcpt", &bob.login, "--upload-file"]).arg(&sent);
    program::run(command.arg(url("smtps", entrance.tls, "app.example.org")), "").succeeded();
    await_count(&tryout, &bob, 4);
    expect_read(&tryout, &bob, 4, &sent);
    let held = tryout.memory_kib().saturating_sub(before);
    assert!(held < HELD_KIB_MAX, "{held} KiB");
}

#[test]
fn a_large_message_that_is_left_over_imap_is_read_byte_for_byte_and_kept_nowhere() {
    let tryout = Tryout::start();
    let bob = tryout.bob();
    await_count(&tryout, &bob, 3);
    let sent = tryout.dir().join("to-send");
    large_message(&sent);
    let before = tryout.memory_kib();
    let inbox = url("imaps", tryout.door.imaps, "INBOX");
    program::run(curl(&tryout, &bob).arg("--upload-file").arg(&sent).arg(&inbox), "").succeeded();
    expect_read(&tryout, &bob, 4, &sent);
    let held = tryout.memory_kib().saturating_sub(before);
    assert!(held < HELD_KIB_MAX, "{held} KiB");
}

/// The message with a number, of which no two are alike.
fn letter(number: usize) -> String {
    let line = format!("Line of letter {number}, with 京都 and \u{1f511}.\r\n");
    format!(
        "From: a@example.org\r\nTo: {ADA}\r\nSubject: Letter {number}\r\nMessage-ID: <{number}@app.example.org>\r\n\r\n{}",
        line.repeat(number % 23)
    )
}

/// A server with Ada, whose inbox is full; and her app password.
fn with_a_full_inbox() -> (Server, String) {
    let server = Server::start(Setup { mailboxes: &[ADA], ..Setup::on(Store::Sqlite) });
    server.admin().make_person(ADA);
    let (_, secret) = server.admin().make_key(ADA, "Phone");
    let inbox = PathBuf::from(server.file(&format!("dovecot/mail/{ADA}")));
    std::fs::remove_file(inbox.join("new/1.one.localhost")).expect("the only message that was there");
    for number in 0..MESSAGES {
        // Dovecot numbers them in the order of their names.
        let file = format!("cur/{}.letter.localhost:2,S", 1_000_000_000 + number);
        std::fs::write(inbox.join(file), letter(number)).expect("room for it");
    }
    (server, secret)
}

#[test]
fn a_large_folder_is_the_same_through_the_gateway_and_straight() {
    let (server, secret) = with_a_full_inbox();
    let mut through = Imap::connect(server.door());
    assert!(through.sign_in(ADA, &secret).is_ok());
    let mut straight = Imap::connect(&Door { imaps: server.imaps_of_dovecot(), ..server.door().clone() });
    assert!(straight.sign_in(ADA, "for-nobody").is_ok());
    let [all, same] = [&mut through, &mut straight].map(|app| {
        assert!(app.ask("EXAMINE INBOX").is_ok());
        let listed = app.ask("FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)");
        assert!(listed.is_ok() && listed.before.len() == MESSAGES, "{}", listed.before.len());
        listed.before
    });
    let different = all.iter().zip(&same).find(|(through, straight)| through != straight);
    assert_eq!(different, None);
    let mut read = 0;
    through.each_message(|message| {
        assert!(message == letter(read).as_bytes(), "letter {read}: {}", String::from_utf8_lossy(&message));
        read += 1;
    });
    assert_eq!(read, MESSAGES);
}

#[test]
fn mbsync_fetches_a_large_folder_as_it_is() {
    let (server, secret) = with_a_full_inbox();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (d, door) = (dir.path().display(), server.door());
    let settings = format!(
        "FSync no\nIMAPStore far\nHost localhost\nPort {}\nUser {ADA}\nPass \"{secret}\"\nSSLType IMAPS\nCertificateFile {}\n\n\
         MaildirStore near\nPath {d}/\nInbox {d}/INBOX\n\nChannel all\nFar :far:\nNear :near:\nCreate Near\nSync Pull\n\
         SyncState {d}/state-\n",
        door.imaps.port(),
        door.ca.display(),
    );
    std::fs::write(dir.path().join("settings"), settings).expect("a file in a directory of ours");
    let mut mbsync = program::long_command("mbsync");
    program::run(mbsync.arg("-c").arg(dir.path().join("settings")).arg("all"), "").succeeded();
    let mut missing: HashSet<String> = (0..MESSAGES).map(|number| letter(number).replace('\r', "")).collect();
    for file in std::fs::read_dir(dir.path().join("INBOX/cur")).expect("a mailbox").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("text");
        // It adds a header, to find its own again.
        let kept: String = text.split_inclusive('\n').filter(|line| !line.starts_with("X-TUID: ")).collect();
        assert!(missing.remove(&kept), "twice, or none of them: {text}");
    }
    assert!(missing.is_empty(), "{} are missing", missing.len());
}
