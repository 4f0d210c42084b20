//! What becomes of mail in the servers behind `valetkey try`.

use std::path::Path;

use super::{Person, Tryout};
use crate::client::imap::Imap;
use crate::clock::wait_for;

/// Where Postfix keeps what it has taken and not delivered.
const QUEUES: [&str; 5] = ["maildrop", "incoming", "active", "deferred", "hold"];

impl Tryout {
    /// What Dovecot has logged so far.
    pub fn log_of_dovecot(&self) -> String {
        read(&self.dir().join("dovecot.log"))
    }

    /// What Postfix has logged so far.
    pub fn log_of_postfix(&self) -> String {
        read(&self.dir().join("postfix/mail.log"))
    }

    /// Waits until Postfix's log has a line with all of these parts, and gives the first.
    pub fn line_of_postfix(&self, parts: &[&str]) -> String {
        wait_for(&format!("a line of Postfix with {parts:?}"), || {
            let log = self.log_of_postfix();
            log.lines().find(|line| parts.iter().all(|part| line.contains(part))).map(str::to_owned)
        })
    }

    /// Waits until Postfix has delivered all that it has taken, and has no connection any more.
    pub fn all_is_delivered(&self) {
        wait_for("Postfix has nothing to do", || {
            let log = self.log_of_postfix();
            let count = |what: &str| log.lines().filter(|line| line.contains(what)).count();
            // A process that fails says nothing of how its connection ended; none does here.
            let is_alone = count("]: connect from ") == count("]: disconnect from ");
            let queue = self.dir().join("postfix/queue");
            (is_alone && QUEUES.iter().all(|name| is_empty(&queue.join(name)))).then_some(())
        });
    }

    /// The messages in somebody's mailbox that came after the samples, read over IMAP through the gateway.
    pub fn mail_of(&self, person: &Person) -> Vec<Vec<u8>> {
        let mut imap = Imap::connect(&self.door);
        let answer = imap.sign_in(&person.login, &person.key.secret);
        assert!(answer.is_ok(), "{answer:?}");
        let sample = b"Message-ID: <sample-";
        imap.messages().into_iter().filter(|mail| !mail.windows(sample.len()).any(|part| part == sample)).collect()
    }

    /// Waits until somebody has so many messages more than the samples, and gives them.
    ///
    /// # Panics
    /// If more came.
    pub fn await_mail(&self, person: &Person, count: usize) -> Vec<Vec<u8>> {
        wait_for(&format!("{count} messages of {}", person.login), || {
            let mail = self.mail_of(person);
            assert!(mail.len() <= count, "{} messages came, and not {count}: {:?}", mail.len(), shown(&mail));
            (mail.len() == count).then_some(mail)
        })
    }
}

fn shown(mail: &[Vec<u8>]) -> Vec<String> {
    mail.iter().map(|message| String::from_utf8_lossy(message).into_owned()).collect()
}

fn read(log: &Path) -> String {
    std::fs::read(log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
}

/// Whether there is no file below.
fn is_empty(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return true };
    entries.filter_map(Result::ok).all(|entry| entry.path().is_dir() && is_empty(&entry.path()))
}
