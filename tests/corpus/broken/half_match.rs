//! A match arm without its value.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    match value {
        0 =>
    }
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
