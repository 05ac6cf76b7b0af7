//! The default id generator: xoroshiro128++ for each thread.

use std::hash::{BuildHasher as _, RandomState};
use std::time::SystemTime;

use rand_xoshiro::Xoroshiro128PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

use crate::model::id::{SpanId, TraceId};

/// A generator with 128 bits of state.
#[derive(Debug)]
pub struct Ids(Xoroshiro128PlusPlus);

impl Ids {
    /// Seeds from the operating system's randomness, which is what keys `RandomState`'s hashes; the time and the
    /// process id keep a forked child apart from its parent.
    #[cold]
    pub fn from_entropy() -> Self {
        let mut seed = [0; 16];
        let salt = (SystemTime::now(), std::process::id(), std::thread::current().id());
        for (half, part) in seed.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&RandomState::new().hash_one((half, salt)).to_le_bytes());
        }
        Self(Xoroshiro128PlusPlus::from_seed(seed))
    }

    #[inline]
    /// A new trace id.
    pub fn trace_id(&mut self) -> TraceId {
        let id = u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64());
        TraceId::from_u128(id.max(1))
    }

    #[inline]
    /// A new span id.
    pub fn span_id(&mut self) -> SpanId {
        SpanId::from_u64(self.0.next_u64().max(1))
    }
}
