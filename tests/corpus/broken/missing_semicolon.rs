//! A missing semicolon.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    let a = value
    let b = a + 1;
    b
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
