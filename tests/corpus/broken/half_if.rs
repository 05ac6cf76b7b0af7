//! A condition not yet written.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    if value > {
        return 1;
    }
    value
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
