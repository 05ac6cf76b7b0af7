//! A field access that names nothing.

/// A pair.
pub struct Pair {
    /// One.
    pub one: u32,
}

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    let pair = Pair { one: value };
    pair.o
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
