//! Hashing primary passwords: Argon2id (RFC 9106) on a few threads that own their memory, so that however many people
//! sign in at once, no more is ever used than was set, and no app's sign-in waits for a hash. Hashes that came with an
//! import are checked on the same threads.

mod argon;
mod blowfish;
mod crypt;
mod digest;
mod kept;
mod stretched;
mod written;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::{mpsc, oneshot};
use valetkey_domain::{PrimaryPassword, Randomness};

use argon::Argon;
pub use kept::{KeptHash, RefusedHash};
pub(crate) use written::Written;

/// Passwords that wait for a thread; more are turned away as busy. At 25 ms each the last waits some seconds.
const QUEUE_MAX: usize = 256;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
}

impl Default for Cost {
    /// 19 MiB and two passes, the first choice of OWASP's Password Storage Cheat Sheet: about 20 ms.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// The threads that hash.
pub struct Hasher {
    queue: mpsc::Sender<Job>,
    cost: Cost,
    share_kib: u32,
    threads_max: u32,
}

/// No thread is free soon enough, or they are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at once")]
pub struct Busy;

/// Why a password could not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uncheckable {
    /// See [`Busy`].
    #[error(transparent)]
    Busy(#[from] Busy),
    /// What is kept is no hash that is known, or needs more memory than one thread may have.
    #[error("the kept hash of this password cannot be checked: it is malformed, or needs more memory than is allowed")]
    Kept,
}

enum Job {
    Hash { password: PrimaryPassword, salt: [u8; SALT_BYTES], answer: oneshot::Sender<[u8; OUTPUT_BYTES]> },
    Check { password: PrimaryPassword, kept: Option<KeptHash>, answer: oneshot::Sender<bool> },
}

/// One thread, with the memory that it may use.
struct Worker {
    cost: Cost,
    share_kib: u32,
    /// A hash of nothing that anybody knows: checking against it takes as long as checking against a real one.
    decoy: Arc<Argon>,
    memory: Vec<Block>,
}

impl Hasher {
    /// Starts as many threads as `memory_mib` has room for, but no more than `threads_max`; at least one.
    pub fn start(
        cost: Cost,
        memory_mib: u32,
        threads_max: NonZeroUsize,
        randomness: &dyn Randomness,
    ) -> std::io::Result<Self> {
        let room = usize::try_from(memory_mib.saturating_mul(1024) / cost.memory_kib).unwrap_or(1);
        let threads = room.clamp(1, threads_max.get());
        let share_kib = (memory_mib.saturating_mul(1024) / u32::try_from(threads).unwrap_or(1)).max(cost.memory_kib);
        let mut random = [0; SALT_BYTES + OUTPUT_BYTES];
        randomness.fill(&mut random);
        let decoy = Arc::new(Argon::new(cost, &random[..SALT_BYTES], &random[SALT_BYTES..]));
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let jobs = Arc::clone(&jobs);
            let mut worker = Worker { cost, share_kib, decoy: Arc::clone(&decoy), memory: Vec::new() };
            std::thread::Builder::new().name("password-hash".into()).spawn(move || {
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                    let Some(job) = job else { return };
                    worker.work(job);
                }
            })?;
        }
        Ok(Self { queue, cost, share_kib, threads_max: u32::try_from(threads_max.get()).unwrap_or(u32::MAX) })
    }

    /// Hashes a new password; gives the PHC string to keep.
    pub async fn hash(&self, password: &PrimaryPassword, randomness: &dyn Randomness) -> Result<String, Busy> {
        let mut salt = [0; SALT_BYTES];
        randomness.fill(&mut salt);
        let (answer, waiting) = oneshot::channel();
        self.queue.try_send(Job::Hash { password: password.clone(), salt, answer }).map_err(|_| Busy)?;
        let output = waiting.await.map_err(|_| Busy)?;
        Ok(Argon::new(self.cost, &salt, &output).text())
    }

    /// Whether this is the password of which `kept` was kept. Takes as long where there is none to compare with, and no
    /// less for a hash that came with an import.
    pub async fn check(&self, password: &PrimaryPassword, kept: Option<&str>) -> Result<bool, Uncheckable> {
        let kept = kept.map(KeptHash::parse).transpose().map_err(|_| Uncheckable::Kept)?;
        let (answer, waiting) = oneshot::channel();
        self.queue.try_send(Job::Check { password: password.clone(), kept, answer }).map_err(|_| Busy)?;
        waiting.await.map_err(|_| Uncheckable::Kept)
    }

    /// Whether nobody waits: the moment for what can be left undone.
    pub fn is_idle(&self) -> bool {
        self.queue.capacity() == QUEUE_MAX
    }

    /// Whether a kept hash is of another kind, or costs other than new ones do.
    pub fn is_outdated(&self, kept: &str) -> bool {
        !KeptHash::parse(kept).is_ok_and(|kept| kept.is_of(self.cost))
    }

    /// Takes in what another program kept of a password, if it can be checked here, and soon.
    pub(crate) fn import(&self, written: &Written<'_>) -> Result<KeptHash, RefusedHash> {
        let kept = KeptHash::from_written(written)?;
        if !kept.is_of(self.cost) {
            kept.refuse_costly(self.share_kib, self.threads_max)?;
        }
        Ok(kept)
    }
}

impl Worker {
    fn work(&mut self, job: Job) {
        match job {
            Job::Hash { password, salt, answer } => {
                let mut output = [0; OUTPUT_BYTES];
                if Argon::new(self.cost, &salt, &[]).fill(password.expose(), &mut self.memory, &mut output) {
                    let _gone = answer.send(output);
                }
            }
            Job::Check { password, kept, answer } => {
                if let Some(matches) = self.check(password.expose(), kept.as_ref()) {
                    let _gone = answer.send(matches);
                }
                // More memory than this thread may have: the answer's channel closes, which says so.
            }
        }
    }

    /// Where there is no hash, or one of another kind, the work of one of ours is done as well: without it, an account
    /// that came with a quick hash would be known by its quick refusal. That one with a slow hash is there can be told
    /// until its first sign-in (decision 14).
    fn check(&mut self, password: &[u8], kept: Option<&KeptHash>) -> Option<bool> {
        if !kept.is_some_and(|kept| kept.is_of(self.cost)) {
            self.decoy.matches(password, &mut self.memory)?;
        }
        kept.map_or(Some(false), |kept| kept.matches(password, self.share_kib, &mut self.memory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{Algorithm, Argon2, Params, Version};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use proptest::prelude::*;
    use valetkey_testkit::Seeded;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    fn hasher(cost: Cost, memory_mib: u32) -> Hasher {
        Hasher::start(cost, memory_mib, NonZeroUsize::new(2).expect("two"), &Seeded::new(1)).expect("threads")
    }

    fn password(text: &str) -> PrimaryPassword {
        PrimaryPassword::choose(text).expect("long enough")
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = hasher(CHEAP, 1);
        let kept = hasher.hash(&password("correct horse battery"), &Seeded::new(2)).await.expect("not busy");
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert_eq!(hasher.check(&password("correct horse battery"), Some(&kept)).await, Ok(true));
        assert_eq!(hasher.check(&password("Correct horse battery"), Some(&kept)).await, Ok(false));
        assert_eq!(hasher.check(&password("correct horse battery"), None).await, Ok(false));
        assert!(!hasher.is_outdated(&kept));
    }

    /// Made by the reference implementation: `echo -n "correct horse battery" | argon2 somesaltsomesalt -id -k 64 -t 3 -p 2`.
    #[tokio::test]
    async fn a_hash_of_another_cost_is_checked_and_known_as_outdated() {
        let foreign = {
            let params = Params::new(64, 3, 2, Some(32)).expect("params");
            let mut output = [0; 32];
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(b"correct horse battery", b"somesaltsomesalt", &mut output)
                .expect("a hash");
            format!(
                "$argon2id$v=19$m=64,t=3,p=2${}${}",
                STANDARD_NO_PAD.encode("somesaltsomesalt"),
                STANDARD_NO_PAD.encode(output)
            )
        };
        let hasher = hasher(CHEAP, 1);
        assert_eq!(hasher.check(&password("correct horse battery"), Some(&foreign)).await, Ok(true));
        assert!(hasher.is_outdated(&foreign));
    }

    #[tokio::test]
    async fn what_cannot_be_checked_is_an_outage_and_not_a_wrong_password() {
        let hasher = hasher(CHEAP, 1);
        for kept in
            ["", "$2b$12$abc", "$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$c29tZWhhc2g", "$argon2id$v=19$m=64,t=1,p=1$!$!"]
        {
            assert_eq!(
                hasher.check(&password("correct horse battery"), Some(kept)).await,
                Err(Uncheckable::Kept),
                "{kept}"
            );
        }
        let hungry = "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21l$c29tZXNhbHRzb21lc29tZXNhbHRzb21l";
        assert_eq!(hasher.check(&password("correct horse battery"), Some(hungry)).await, Err(Uncheckable::Kept));
    }

    #[tokio::test]
    async fn when_the_queue_is_full_one_is_told_so() {
        let hasher = hasher(Cost { memory_kib: 1024, passes: 3 }, 1);
        let word = password("correct horse battery");
        let randomness = Seeded::new(3);
        let all: Vec<_> = (0..QUEUE_MAX * 2).map(|_| hasher.hash(&word, &randomness)).collect();
        let mut busy = 0;
        let mut pending = Vec::new();
        for hash in all {
            let mut hash = Box::pin(hash);
            // Polled once, it is in the queue or turned away.
            match std::future::poll_fn(|cx| std::task::Poll::Ready(hash.as_mut().poll(cx))).await {
                std::task::Poll::Ready(Err(Busy)) => busy += 1,
                std::task::Poll::Ready(Ok(_)) => {}
                std::task::Poll::Pending => pending.push(hash),
            }
        }
        assert!(busy > 0);
        for hash in pending {
            assert!(hash.await.is_ok());
        }
    }

    /// Of "correct horse battery": by `doveadm pw`, `openssl passwd` and Python's hashlib.
    const FOREIGN: &[&str] = &[
        "{SHA512-CRYPT}$6$2pFLXzY20YEtpcTv$LR59M7A96SEINa6SsRUFO1CgplZF2iylJDZrM5pGaFNbInyk8xBiYO3RuzANHxA6ruQn7FQpID50MAshzdsgI0",
        "{sha256-crypt}$5$6QDdJTS9bSdhRrqU$AUH8SbEIECzmlQH8F2C8NzgqhuZK/AFqmD3VWUJxTB3",
        "$6$saltstring$dBHc6z5hpSlx63LLGnlt2xpSGH7T2QL7PJTCjPwajfWh/K10OPeGyl0Oe5VoIANbBgC0gNnRFVE.3uO/lesxj/",
        "{BLF-CRYPT}$2y$05$S4RAx1pK0zWZU5epoahJBuRHXbrGld3cv1vxaTNphXiqILLvxSj3u",
        "{CRYPT}$2y$05$EcjojSMPQA1gpZR4Wcn0BuohGRDS0PqJR.r2a2dDj2bIySnfNbj.q",
        "{BLF-CRYPT.B64}JDJ5JDA1JHJxdEp1bWcuWm5JNVlYTlJGdkxFdmVWTjRMTDU2YnMycC9tVFNyUzVUdUNBdnU2L2ZVUjM2",
        "{SSHA}sVvHagj0gljmQ6oL7LsT0OQ6XyLW5XAL",
        "{SSHA.HEX}cb9601954e6ea5b50a02be739a85c2725afd27831271f0de",
        "{SSHA256}DGzLNYKiBNye5yTduIArw0oECxVhDCbFW9wNlHpsCqqMw3Rj",
        "{SSHA512}E3lIvNYLHJTnf12eM7Q8vPoXzwAERTjVDl11tTtQ6P/+TsxJCJb/WaR+l4I4mlv4IOgiXuiMQg++8GY0B2Nj2ec/g+Y=",
        "{SHA}mN7MYuzjmaIu0w1JDvMzvn/ec4U=",
        "{SHA.HEX}98decc62ece399a22ed30d490ef333be7fde7385",
        "{SHA256}kCjqDRXeyqNbLaIcApCvOxpboKMKWRkG+JtQdOIJ6nI=",
        "{SHA512.B64}zvYeTk7ae6ii/qoSBhf896UTrZIEQjsl4kO30/VW+ShT6VsVatr/3Zon0OUHNq1qa7zFDOipvTUWL315nomlIQ==",
        "{PBKDF2}$1$zhVALslaX34bHtVG$5000$d027535c7c61862264c8208e85652c0b49657ecf",
        "$pbkdf2-sha256$29000$c29tZXNhbHRzb21lc2FsdA$6dj2YHR1IXPIHTpwuISLYRTE.1HCgvLUs9Wv43troWY",
        "$pbkdf2-sha512$i=1000,l=64$c29tZXNhbHRzb21lc2FsdA$FzvLB3ypk5w1H1DmZ+1SPiQrFESOZfXGpZTnDwI5n1ashlcJwOOZHIyvAEBFyleuUYzImSJx/1movdOKIpE9kA",
        "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$//959AoY3QisJPCYoWIYMw$z1UPN8sBbHjxzzvlG/+2klJM1MJ4oLkpc+me+wPE0I0",
        "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$SU6me3bGX/XKGwm6PgRFjQ$YR1FrPD04+zu7blGSwoUePmtivh8mNB7u9AcTQWSGTI",
    ];

    #[tokio::test]
    async fn what_other_programs_kept_is_checked_and_known_as_outdated() {
        let hasher = hasher(CHEAP, 128);
        for foreign in FOREIGN {
            let read = Written::read(foreign).and_then(|written| hasher.import(&written));
            let kept = read.unwrap_or_else(|e| panic!("{foreign}: {e}")).text().expose().clone();
            assert_eq!(hasher.check(&password("correct horse battery"), Some(&kept)).await, Ok(true), "{foreign}");
            assert_eq!(hasher.check(&password("correct horse batterz"), Some(&kept)).await, Ok(false), "{foreign}");
            assert!(hasher.is_outdated(&kept), "{foreign}");
            let again = KeptHash::parse(&kept).expect("what is kept reads back");
            assert_eq!(*again.text().expose(), kept, "{foreign}");
        }
    }

    fn refusal(hasher: &Hasher, text: &str) -> Option<RefusedHash> {
        Written::read(text).and_then(|written| hasher.import(&written)).err()
    }

    #[test]
    fn what_cannot_be_checked_soon_and_well_is_not_taken_in() {
        let hasher = hasher(CHEAP, 64);
        let (salt, hash) = ("c29tZXNhbHRzb21l", "c29tZXNhbHRzb21lc29tZXNhbHRzb21l");
        let malformed = [
            ("{SSHA}mN7MYuzjmaIu0w1JDvMzvn/ec4U=".to_owned(), "SSHA"),
            ("{SHA}sVvHagj0gljmQ6oL7LsT0OQ6XyLW5XAL".to_owned(), "SHA"),
            ("$6$saltstring$dBHc6z5hpSlx63LLGnlt2xpSGH7T".to_owned(), "SHA-crypt"),
            (format!("$6$rounds=999$salt${}", "a".repeat(86)), "SHA-crypt"),
            (format!("$6$seventeen.letters${}", "a".repeat(86)), "SHA-crypt"),
            (format!("$6$rounds=4294967296$salt${}", "a".repeat(86)), "SHA-crypt"),
            ("$2y$05$S4RAx1pK0zWZU5epoahJBuRHXbrGld3cv1vxaTNphXiqILLvxSj3".to_owned(), "bcrypt"),
            ("$2y$5$S4RAx1pK0zWZU5epoahJBuRHXbrGld3cv1vxaTNphXiqILLvxSj3u".to_owned(), "bcrypt"),
            (format!("$2y$32${}", "a".repeat(53)), "bcrypt"),
            ("{PBKDF2}$1$salt$0$d027535c7c61862264c8208e85652c0b49657ecf".to_owned(), "PBKDF2"),
            ("{PBKDF2}$1$salt$9$d027535c7c61862264c8208e85652c0b49657ec".to_owned(), "PBKDF2"),
            ("$pbkdf2-sha256$29000$c2FsdA$c2hvcnQ".to_owned(), "PBKDF2"),
            (format!("$argon2id$v=19$m=64,t=1,p=1,x=1${salt}${hash}"), "Argon2"),
            (format!("$argon2id$v=18$m=64,t=1,p=1${salt}${hash}"), "Argon2"),
            (format!("$argon2id$v=19$m=64,t=0,p=1${salt}${hash}"), "Argon2"),
        ];
        for (text, name) in malformed {
            assert_eq!(refusal(&hasher, &text), Some(RefusedHash::Malformed(name)), "{text}");
        }
        let costly = [
            format!("$2y$15${}", "a".repeat(53)),
            format!("$5$rounds=1000001$salt${}", "a".repeat(43)),
            "{PBKDF2}$1$salt$5000001$d027535c7c61862264c8208e85652c0b49657ecf".to_owned(),
            format!("$argon2id$v=19$m=32768,t=65,p=1${salt}${hash}"),
            format!("$argon2id$v=19$m=4096,t=1,p=65${salt}${hash}"),
        ];
        for text in costly {
            assert!(matches!(refusal(&hasher, &text), Some(RefusedHash::Costly { .. })), "{text}");
        }
        let hungry = format!("$argon2id$v=19$m=32769,t=1,p=1${salt}${hash}");
        assert_eq!(refusal(&hasher, &hungry), Some(RefusedHash::Memory { needed_mib: 33, setting_mib: 66 }));
        for text in
            ["{MD5-CRYPT}$1$zxfaAEjh$l/8OgI9bJJmwEZW0bqLpx0", "$apr1$abc$51YrpNiEtKAQp4coykJmu.", "{scram-sha-1}x"]
        {
            assert!(matches!(refusal(&hasher, text), Some(RefusedHash::NotChecked(_))), "{text}");
        }
        for text in ["", "*", "x", "GBAOiNuicyP7A", "{NEW}x", "{SSHA", "$7$x$y", "$6"] {
            assert_eq!(refusal(&hasher, text), Some(RefusedHash::Unknown), "{text}");
        }
        for text in ["{SSHA}not base 64", "{SSHA.hex}abc", "{SHA.OTHER}aa", "{BLF-CRYPT.b64}/w=="] {
            assert_eq!(refusal(&hasher, text), Some(RefusedHash::Encoding), "{text}");
        }
    }

    #[tokio::test]
    async fn bcrypt_looks_at_72_bytes_and_at_none_behind_a_null() {
        let hasher = hasher(CHEAP, 1);
        let kept = "$2y$05$NtJ2PCrOFl9ukLfoFmzSr.7N3jSjrJVrcNXh9MZmZSTXWuzKGYQQi";
        for (length, right) in [(72, true), (80, true), (71, false)] {
            let presented = PrimaryPassword::presented("x".repeat(length).as_bytes()).expect("not long");
            assert_eq!(hasher.check(&presented, Some(kept)).await, Ok(right), "{length}");
        }
        let kept = FOREIGN[3].trim_start_matches("{BLF-CRYPT}");
        let twice = PrimaryPassword::presented(b"correct horse battery\0correct horse battery").expect("not long");
        assert_eq!(hasher.check(&twice, Some(kept)).await, Ok(false));
    }

    proptest! {
        /// Also a text with letters altered, which gets further than one of letters alone.
        #[test]
        fn whatever_is_read_reads_back_as_itself(which in 0..FOREIGN.len(), at: usize, letter in any::<char>(), text in ".{0,40}") {
            let mut altered: Vec<char> = FOREIGN[which].chars().collect();
            let at = at % altered.len();
            altered[at] = letter;
            for text in [altered.into_iter().collect(), text] {
                if let Ok(kept) = KeptHash::parse(&text) {
                    let canonical = kept.text().expose().clone();
                    prop_assert_eq!(KeptHash::parse(&canonical).map(|kept| kept.text().expose().clone()), Ok(canonical));
                }
            }
        }
    }
}
