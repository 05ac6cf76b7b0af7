//! The body not yet written.
//@ error: body

/// Counts.
#[shape]
pub fn count(value: u32) -> u32;

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
