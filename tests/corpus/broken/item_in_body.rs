//! Half an item in the body.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    fn inner( {}
    value
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
