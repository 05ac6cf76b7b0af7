//! Which keys a span may have.

/// A Bloom filter of one word.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeySet(pub(crate) u64);

impl KeySet {
    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds a key and says whether it may have been there.
    #[inline]
    pub(crate) fn insert(&mut self, key: &[u8]) -> bool {
        let seen = self.may_have(key);
        self.0 |= Self::bit(key);
        seen
    }

    /// Whether a key may be there.
    #[inline]
    pub(crate) fn may_have(self, key: &[u8]) -> bool {
        self.0 & Self::bit(key) != 0
    }

    #[inline]
    fn bit(key: &[u8]) -> u64 {
        let at = |index: usize| key.get(index).map_or(0, |byte| u64::from(*byte));
        let length = key.len();
        let mixed = at(0) ^ at(length / 2) << 8 ^ at(length.wrapping_sub(1)) << 16 ^ (length as u64) << 24;
        1 << (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
    }
}
