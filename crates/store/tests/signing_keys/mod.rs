//! Keys of ID tokens: kept sealed, in order, and forgotten one by one.

use std::sync::Arc;
use std::time::Duration;

use valetkey_domain::{Digest, KeyFile, KeyRing, MasterKey, Plain};
use valetkey_store::{KeptSigningKey, StoreError};
use valetkey_testkit::Seeded;

use super::{Case, Kit};

pub(crate) const CASES: &[Case] = cases![a_signing_key_is_sealed_found_in_order_and_forgotten,];

impl Kit {
    fn signing_key(&self, number: u8) -> Digest {
        let id = Digest::from_bytes([number; 32]);
        let new = KeptSigningKey { id, private: Plain::new(vec![number; 1200]), made_at: self.now() };
        let keys = Arc::clone(&self.keys);
        self.write(move |tx| tx.insert_signing_key(&keys, &Seeded::new(u64::from(number)), &new)).expect("a write");
        id
    }
}

fn a_signing_key_is_sealed_found_in_order_and_forgotten(kit: &Kit) {
    let first = kit.signing_key(9);
    let made_at = kit.now();
    kit.advance(Duration::from_secs(1));
    let second = kit.signing_key(3);
    let made = kit.read(|s| s.signing_keys_made());
    assert!(made == [(first, made_at), (second, kit.now())], "the oldest first");
    let keys = Arc::clone(&kit.keys);
    let opened = kit.read(move |s| s.signing_keys(&keys));
    assert!(opened.len() == 2 && opened[0].id == first && opened[0].made_at == made_at);
    assert!(opened[0].private.expose() == &vec![9; 1200] && opened[1].private.expose() == &vec![3; 1200]);
    let others = KeyRing::new(&KeyFile::new(MasterKey::generate(&Seeded::new(77))));
    let foreign = kit.read(move |s| Ok(s.signing_keys(&others).map(drop)));
    assert!(matches!(foreign, Err(StoreError::KeyMissing(_) | StoreError::SealBroken)), "under another key");
    kit.write(move |tx| tx.forget_signing_key(&first)).expect("a write");
    assert!(kit.read(|s| s.signing_keys_made()) == [(second, kit.now())]);
}
