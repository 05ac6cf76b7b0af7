//! The hasher of tables whose keys are one word each and not chosen by an adversary: ids and addresses.

use std::hash::{BuildHasherDefault, Hasher};

/// Hashes keys of one word.
pub type MixedWords = BuildHasherDefault<WordHasher>;

/// Multiplies and rotates.
#[derive(Default)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}
