//! A brace too few: nothing can be read at all.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    if value > 1 {
        return 2;
    value
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
