//! A method call not yet named, after an await.

/// Counts.
#[shape]
pub async fn count(value: u32) -> Result<u32, String> {
    let next = core::future::ready(value).await.
    Ok(next)
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
