//! Letters: notices about an account, and one-time links. Taken from the outbox, written in the reader's language, and
//! sent, or laid into a directory.

mod directory;
mod mail;
mod sheet;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::{Accounts, AccountsError, LEASE, Letter, Stop, chain};

use crate::Settings;
use crate::locale::Locales;
use mail::Envelope;
pub use mail::Sender;
pub use transport::{Delivery, MailError, Protection, Smtp};
use transport::{SendError, Transport};

/// How often one looks for letters that are to be sent.
const LOOK: Duration = Duration::from_secs(2);
/// How long one waits after the store could not be asked.
const TROUBLE: Duration = Duration::from_secs(10);
/// How long handing one letter over may take, with all that belongs to it. Of a server that is slower than this nobody
/// knows whether it took the letter.
const SENDING: Duration = Duration::from_secs(60);
/// The same once it is time to stop: the server's end must not wait for another machine.
const SENDING_AT_THE_END: Duration = Duration::from_secs(3);
/// How long one tries to write down that a letter was sent: as long as nobody else can have taken it.
const WRITING_DOWN: Duration = Duration::from_secs(120);
/// One letter is taken at a time, so that none waits for its lease to end when the server stops.
const AT_ONCE: usize = 1;

const _: () =
    assert!(SENDING.as_secs() + WRITING_DOWN.as_secs() < LEASE.as_secs(), "a letter has one sender at a time");

/// How letters are sent.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Who they are from.
    pub from: Sender,
    /// The language of letters to whoever has chosen none, by its tag.
    pub language: String,
    /// Where they go.
    pub delivery: Delivery,
}

/// Whether there are messages in a language, by its tag.
pub fn speaks(tag: &str) -> bool {
    Locales::new().find(tag).is_some()
}

/// Writes and sends letters.
pub struct Postman {
    accounts: Arc<Accounts>,
    settings: Settings,
    from: Sender,
    language: String,
    locales: Locales,
    transport: Transport,
}

impl Postman {
    /// One who has not begun yet. Makes the directory for letters, if they go to one.
    pub fn new(accounts: Arc<Accounts>, settings: Settings, mail: MailSettings) -> Result<Self, MailError> {
        let MailSettings { from, language, delivery } = mail;
        let transport = Transport::new(delivery, mail::host(&settings))?;
        Ok(Self { accounts, settings, from, language, locales: Locales::new(), transport })
    }

    /// Sends what is to be sent until it is time to stop.
    pub async fn run(self, mut stop: Stop) {
        let mut pause = LOOK;
        while stop.pause(pause).await {
            pause = match self.deliver_all(&mut stop).await {
                Ok(()) => LOOK,
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "letters could not be taken, or not be written down as sent");
                    TROUBLE
                }
            };
        }
        self.transport.close().await;
    }

    async fn deliver_all(&self, stop: &mut Stop) -> Result<(), AccountsError> {
        while !stop.is_asked() {
            let letters = self.accounts.take_letters(AT_ONCE).await?;
            if letters.is_empty() {
                return Ok(());
            }
            for letter in &letters {
                self.deliver(letter, stop).await?;
            }
        }
        Ok(())
    }

    async fn deliver(&self, letter: &Letter, stop: &mut Stop) -> Result<(), AccountsError> {
        let (id, about) = (letter.id, letter.occasion.name());
        let Err(error) = self.send(letter, stop).await else {
            self.write_down(letter, stop).await?;
            tracing::info!(letter = %id, about, "a letter was sent");
            return Ok(());
        };
        let error = chain(&error);
        if let Some(again) = self.accounts.letter_failed(letter).await? {
            tracing::warn!(letter = %id, about, error, %again, "a letter could not be sent");
        } else {
            tracing::error!(letter = %id, about, error, "a letter was given up");
        }
        Ok(())
    }

    async fn send(&self, letter: &Letter, stop: &mut Stop) -> Result<(), SendError> {
        let link = match letter.link() {
            Some(about) => Some(self.accounts.link_for_letter(about).await?),
            None => None,
        };
        let chosen = letter.reader.locale.as_ref().map(valetkey_domain::Locale::as_str);
        let words = self.locales.of_reader(chosen, &self.language);
        let envelope = Envelope {
            settings: &self.settings,
            calendars_and_contacts: self.accounts.settings().calendars_and_contacts,
            from: &self.from,
            now: self.accounts.now(),
        };
        let message = mail::write(words, &envelope, letter, link.as_ref())?;
        let name = format!("{}-{}", letter.at.to_string().replace([':', '.'], "-"), letter.id);
        let sending = self.transport.send(&message, &name);
        tokio::pin!(sending);
        let soon = async {
            stop.asked().await;
            tokio::time::sleep(SENDING_AT_THE_END).await;
        };
        tokio::select! {
            sent = tokio::time::timeout(SENDING, &mut sending) => sent.unwrap_or(Err(SendError::TooSlow)),
            () = soon => Err(SendError::TooSlow),
        }
    }

    /// What was sent is to be sent by nobody else: that is worth more than one attempt at saying so.
    async fn write_down(&self, letter: &Letter, stop: &mut Stop) -> Result<(), AccountsError> {
        let attempts = WRITING_DOWN.as_secs() / LOOK.as_secs();
        for _ in 1..attempts {
            let Err(error) = self.accounts.letter_sent(letter).await else { return Ok(()) };
            tracing::warn!(letter = %letter.id, error = %chain(&error), "a letter was sent, and that could not be written down");
            if !stop.pause(LOOK).await {
                break;
            }
        }
        self.accounts.letter_sent(letter).await
    }
}

#[cfg(test)]
mod tests;
