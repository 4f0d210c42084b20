//! Argon2 (RFC 9106), of which Argon2id is what new passwords are kept as; the other two come with an import.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::Cost;
use super::kept::RefusedHash;

const NAME: &str = "Argon2";
/// Memory times passes of an imported hash, in KiB: a second or two of one thread.
const WORK_KIB_MAX: u64 = 2 * 1024 * 1024;
/// Lanes take no time here, since one thread computes them all; this is for sanity.
const LANES_MAX: u32 = 64;

/// The parts of a PHC string of Argon2: <https://github.com/P-H-C/phc-string-format>.
pub(super) struct Argon {
    algorithm: Algorithm,
    version: Version,
    pub(super) cost: Cost,
    lanes: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Argon {
    /// A hash as new passwords are kept.
    pub(super) fn new(cost: Cost, salt: &[u8], output: &[u8]) -> Self {
        let (salt, output) = (salt.to_vec(), output.to_vec());
        Self { algorithm: Algorithm::Argon2id, version: Version::V0x13, cost, lanes: 1, salt, output }
    }

    /// Whether a new password would be kept in the same way.
    pub(super) fn is_of(&self, cost: Cost) -> bool {
        let is_ours = (self.algorithm, self.version, self.lanes) == (Algorithm::Argon2id, Version::V0x13, 1);
        is_ours && self.cost == cost
    }

    /// Reads what stands behind the first `$`.
    pub(super) fn parse(text: &str) -> Result<Self, RefusedHash> {
        Self::parts(text).ok_or(RefusedHash::Malformed(NAME))
    }

    fn parts(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('$')?;
        let algorithm = match name {
            "argon2id" => Algorithm::Argon2id,
            "argon2i" => Algorithm::Argon2i,
            "argon2d" => Algorithm::Argon2d,
            _ => return None,
        };
        let (version, rest) = match rest.strip_prefix("v=") {
            Some(versioned) => versioned.split_once('$')?,
            // The first version did not say so.
            None => ("16", rest),
        };
        let version = match version {
            "19" => Version::V0x13,
            "16" => Version::V0x10,
            _ => return None,
        };
        let mut parts = rest.split('$');
        let (params, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let mut fields = params.split(',');
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.parse().ok();
        let (memory_kib, passes, lanes) = (field("m=")?, field("t=")?, field("p=")?);
        let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok().filter(|b| (8..=64).contains(&b.len()));
        let cost = Cost { memory_kib, passes };
        let parsed = Self { algorithm, version, cost, lanes, salt: decode(salt)?, output: decode(output)? };
        let is_whole =
            fields.next().is_none() && parts.next().is_none() && parsed.params(parsed.output.len()).is_some();
        is_whole.then_some(parsed)
    }

    /// Whether an imported one is such as a thread with this much memory checks in a second or two.
    pub(super) fn refuse_costly(&self, share_kib: u32, threads_max: u32) -> Result<(), RefusedHash> {
        let Cost { memory_kib, passes } = self.cost;
        if memory_kib > share_kib {
            let needed_mib = memory_kib.div_ceil(1024);
            return Err(RefusedHash::Memory { needed_mib, setting_mib: needed_mib.saturating_mul(threads_max) });
        }
        if u64::from(memory_kib) * u64::from(passes) > WORK_KIB_MAX || self.lanes > LANES_MAX {
            return Err(RefusedHash::Costly { scheme: NAME, most: "2 GiB, as memory times passes, and 64 lanes" });
        }
        Ok(())
    }

    fn params(&self, output_bytes: usize) -> Option<Params> {
        Params::new(self.cost.memory_kib, self.cost.passes, self.lanes, Some(output_bytes)).ok()
    }

    /// Whether this is of that password. `None` if it cannot be computed.
    pub(super) fn matches(&self, password: &[u8], memory: &mut Vec<Block>) -> Option<bool> {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        self.fill(password, memory, &mut output).then(|| output.ct_eq(&self.output).into())
    }

    /// Computes the hash of another password with this one's salt and cost.
    pub(super) fn fill(&self, password: &[u8], memory: &mut Vec<Block>, output: &mut [u8]) -> bool {
        let Some(params) = self.params(output.len()) else { return false };
        let blocks = params.block_count();
        if memory.len() < blocks {
            memory.resize(blocks, Block::default());
        }
        let argon2 = Argon2::new(self.algorithm, self.version, params);
        let filled = argon2.hash_password_into_with_memory(password, &self.salt, output, &mut memory[..blocks]).is_ok();
        // The first and the last blocks are nearest to the password and to the hash.
        memory.first_mut().into_iter().for_each(|b| b.as_mut().zeroize());
        memory[..blocks].last_mut().into_iter().for_each(|b| b.as_mut().zeroize());
        filled
    }

    /// The PHC string.
    pub(super) fn text(&self) -> String {
        let version = match self.version {
            Version::V0x10 => 16,
            Version::V0x13 => 19,
        };
        let (Cost { memory_kib, passes }, lanes) = (self.cost, self.lanes);
        let (salt, output) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.output));
        format!("${}$v={version}$m={memory_kib},t={passes},p={lanes}${salt}${output}", self.algorithm)
    }
}
