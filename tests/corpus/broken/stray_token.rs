//! A token that fits nowhere.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    value @ 1
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
