//! A path not yet finished.

/// Counts.
#[shape]
pub fn count(value: u32) -> Result<u32, String> {
    let text = String::;
    Ok(value)
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
