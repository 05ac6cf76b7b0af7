//! A name that is not there yet.

/// Counts.
#[shape]
pub async fn count(value: u32) -> Result<u32, String> {
    let next = not_yet(value)?;
    Ok(next)
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
