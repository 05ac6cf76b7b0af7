//! A `let` without its value.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    let next = ;
    value
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
