//! Hashing primary passwords: Argon2id (RFC 9106) on a few threads that own their memory, so that however many people
//! sign in at once, no more is ever used than was set, and no app's sign-in waits for a hash.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::{mpsc, oneshot};
use valetkey_domain::{PrimaryPassword, Randomness};
use zeroize::Zeroize;

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
    /// A hash of nothing that anybody knows: checking against it takes as long as checking against a real one.
    decoy: String,
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
    /// What is kept is no Argon2id hash, or needs more memory than one thread may have.
    #[error("the kept hash of this password cannot be checked: it is malformed, or needs more memory than is allowed")]
    Kept,
}

enum Job {
    Hash { password: PrimaryPassword, salt: [u8; SALT_BYTES], answer: oneshot::Sender<[u8; OUTPUT_BYTES]> },
    Check { password: PrimaryPassword, kept: Phc, answer: oneshot::Sender<bool> },
}

/// The parts of a PHC string of Argon2id.
struct Phc {
    cost: Cost,
    lanes: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
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
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let jobs = Arc::clone(&jobs);
            std::thread::Builder::new().name("password-hash".into()).spawn(move || {
                let mut memory = Vec::new();
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                    let Some(job) = job else { return };
                    work(job, cost, share_kib, &mut memory);
                }
            })?;
        }
        let mut random = [0; SALT_BYTES + OUTPUT_BYTES];
        randomness.fill(&mut random);
        let decoy = phc(cost, &random[..SALT_BYTES], &random[SALT_BYTES..]);
        Ok(Self { queue, cost, decoy })
    }

    /// Hashes a new password; gives the PHC string to keep.
    pub async fn hash(&self, password: &PrimaryPassword, randomness: &dyn Randomness) -> Result<String, Busy> {
        let mut salt = [0; SALT_BYTES];
        randomness.fill(&mut salt);
        let (answer, waiting) = oneshot::channel();
        self.queue.try_send(Job::Hash { password: password.clone(), salt, answer }).map_err(|_| Busy)?;
        let output = waiting.await.map_err(|_| Busy)?;
        Ok(phc(self.cost, &salt, &output))
    }

    /// Whether this is the password of which `kept` was kept. Takes as long where there is none to compare with.
    pub async fn check(&self, password: &PrimaryPassword, kept: Option<&str>) -> Result<bool, Uncheckable> {
        let parsed = Phc::parse(kept.unwrap_or(&self.decoy)).ok_or(Uncheckable::Kept)?;
        let (answer, waiting) = oneshot::channel();
        self.queue.try_send(Job::Check { password: password.clone(), kept: parsed, answer }).map_err(|_| Busy)?;
        let matches = waiting.await.map_err(|_| Uncheckable::Kept)?;
        Ok(matches && kept.is_some())
    }

    /// Whether nobody waits: the moment for what can be left undone.
    pub fn is_idle(&self) -> bool {
        self.queue.capacity() == QUEUE_MAX
    }

    /// Whether a kept hash costs other than new ones do.
    pub fn is_outdated(&self, kept: &str) -> bool {
        Phc::parse(kept).is_none_or(|phc| phc.cost != self.cost || phc.lanes != 1)
    }
}

fn work(job: Job, cost: Cost, share_kib: u32, memory: &mut Vec<Block>) {
    match job {
        Job::Hash { password, salt, answer } => {
            let mut output = [0; OUTPUT_BYTES];
            if fill(&password, &salt, cost, 1, memory, &mut output) {
                let _gone = answer.send(output);
            }
        }
        Job::Check { password, kept, answer } if kept.cost.memory_kib <= share_kib => {
            let mut output = vec![0; kept.output.len()];
            if fill(&password, &kept.salt, kept.cost, kept.lanes, memory, &mut output) {
                let _gone = answer.send(output.ct_eq(&kept.output).into());
            }
        }
        // More memory than this thread may have: the answer's channel closes, which says so.
        Job::Check { .. } => {}
    }
}

fn fill(
    password: &PrimaryPassword,
    salt: &[u8],
    cost: Cost,
    lanes: u32,
    memory: &mut Vec<Block>,
    output: &mut [u8],
) -> bool {
    let Ok(params) = Params::new(cost.memory_kib, cost.passes, lanes, Some(output.len())) else { return false };
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let filled = argon2.hash_password_into_with_memory(password.expose(), salt, output, &mut memory[..blocks]).is_ok();
    // The first and the last blocks are nearest to the password and to the hash.
    memory.first_mut().into_iter().for_each(|b| b.as_mut().zeroize());
    memory[..blocks].last_mut().into_iter().for_each(|b| b.as_mut().zeroize());
    filled
}

/// <https://github.com/P-H-C/phc-string-format>
fn phc(cost: Cost, salt: &[u8], output: &[u8]) -> String {
    let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
    format!("$argon2id$v=19$m={},t={},p=1${salt}${output}", cost.memory_kib, cost.passes)
}

impl Phc {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (params, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let mut fields = params.split(',');
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.parse().ok();
        let (memory_kib, passes, lanes) = (field("m=")?, field("t=")?, field("p=")?);
        let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok().filter(|b| (8..=64).contains(&b.len()));
        let parsed = Self { cost: Cost { memory_kib, passes }, lanes, salt: decode(salt)?, output: decode(output)? };
        parts.next().is_none().then_some(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
