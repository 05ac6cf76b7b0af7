//! A struct literal with half a field.

/// A pair.
pub struct Pair {
    /// One.
    pub one: u32,
}

/// Counts.
#[shape]
pub fn count(value: u32) -> Pair {
    Pair { one: value, tw }
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
