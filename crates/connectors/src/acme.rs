//! Certificates by ACME (RFC 8555): one order at a time, proved by HTTP-01, renewed before it ends.
//!
//! What it gets lies in a file that whoever shows the certificate reads again when it changes; until the first is there, a
//! self-signed one lies there, so that everything can listen. Who answers what the ACME server asks is [`Challenges`].

mod challenges;
mod files;
mod order;
mod times;
mod transport;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use valetkey_accounts::{Stop, chain};
use valetkey_domain::{Clock, Randomness, Timestamp};

use crate::sign_out::{Authorities, Url};

pub use challenges::Challenges;
use files::Files;
pub use files::{CertificateFacts, FileError};
use order::OrderError;
pub use times::Validity;

/// Whose certificates browsers and apps trust, and who asks no money for them.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// How long an order may take, from the first request to the certificate.
const ORDER_TIME: Duration = Duration::from_secs(300);
/// How long one sleeps at most before one looks at the clock again, which may be set.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// How certificates are to be had.
pub struct Settings {
    /// The ACME server's directory.
    pub directory: Url,
    /// Who may sign that server's own certificate.
    pub authorities: Authorities,
    /// The names that are to be in the certificate.
    pub domains: Vec<String>,
    /// The mail address that the ACME server may write to.
    pub contact: Option<String>,
    /// How long it takes until the first new attempt.
    pub first_retry: Duration,
    /// Where the account and the certificate are kept: for this server alone.
    pub dir: PathBuf,
}

/// Gets certificates, and renews them.
pub struct Acme {
    settings: Settings,
    files: Files,
    challenges: Arc<Challenges>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Acme {
    /// Sees that there is a certificate to begin with. The domains' challenges will be answered by `challenges`.
    pub fn prepare(
        settings: Settings,
        challenges: Arc<Challenges>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, FileError> {
        let files = Files::open(settings.dir.clone(), settings.directory.to_string())?;
        if files.certificate().is_none() {
            files.make_provisional(&settings.domains)?;
            tracing::info!(
                domains = settings.domains.join(" "),
                "until the first certificate has come a self-signed one is shown, which apps do not trust"
            );
        }
        Ok(Self { settings, files, challenges, clock, randomness })
    }

    /// The file with the certificate's chain and its key.
    pub fn file(&self) -> PathBuf {
        self.files.certificate_file()
    }

    /// Keeps the certificate good until `stop`.
    pub async fn run(self, mut stop: Stop) {
        let mut failures = 0;
        while self.sleep_until_due(&mut stop).await {
            let wait = tokio::select! {
                () = stop.asked() => return,
                ordered = self.order() => match ordered {
                    Ok(valid) => {
                        failures = 0;
                        tracing::info!(until = %valid.until, renewal = %valid.renewal(0), "a certificate has come");
                        self.settings.first_retry
                    }
                    Err(error) => {
                        let wait = times::retry(self.settings.first_retry, failures, self.chance());
                        failures += 1;
                        tracing::warn!(
                            error = in_brief(&chain(&error)), again_in_s = wait.as_secs(),
                            "no certificate could be had"
                        );
                        wait
                    }
                },
            };
            // After a success too: whatever an ACME server gives, it is not asked without a pause.
            if !stop.pause(wait).await {
                return;
            }
        }
    }

    /// Whether a certificate is to be asked for, and not to stop.
    async fn sleep_until_due(&self, stop: &mut Stop) -> bool {
        let due = self.due();
        loop {
            let left = due.map_or(Duration::ZERO, |due| due.since(self.clock.now()));
            if left.is_zero() {
                return !stop.is_asked();
            }
            if !stop.pause(left.min(SLEEP_MAX)).await {
                return false;
            }
        }
    }

    /// When the certificate is to be renewed; none if there is none that would do.
    fn due(&self) -> Option<Timestamp> {
        let kept = self.files.certificate().filter(|kept| kept.is_issued && kept.has(&self.settings.domains))?;
        Some(kept.valid.renewal(self.chance()))
    }

    async fn order(&self) -> Result<Validity, OrderError> {
        tracing::info!(
            domains = self.settings.domains.join(" "), directory = %self.settings.directory, "asking for a certificate"
        );
        let ordered = order::carry_out(&self.settings, &self.files, &self.challenges, self.clock.now());
        let ordered = tokio::time::timeout(ORDER_TIME, ordered).await;
        self.challenges.forget();
        ordered.unwrap_or(Err(OrderError::TooSlow))
    }

    fn chance(&self) -> u16 {
        let mut bytes = [0; 2];
        self.randomness.fill(&mut bytes);
        u16::from_be_bytes(bytes)
    }
}

/// What another server says may be long.
fn in_brief(text: &str) -> String {
    const CHARACTERS_MAX: usize = 600;
    text.chars().take(CHARACTERS_MAX).collect()
}
