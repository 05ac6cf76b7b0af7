//! Row 26: an opaque error type.

use std::error::Error;

/// Opaque.
#[shape]
pub fn opaque(text: &str) -> Result<u32, impl Error> {
    text.parse::<u32>()
}

/// Opaque, with more bounds.
#[shape]
pub fn opaque_send(text: &str) -> Result<u32, impl Error + Send + Sync + 'static> {
    if text.is_empty() {
        return Ok(0);
    }
    text.trim().parse::<u32>()
}

/// Opaque, async.
#[shape]
pub async fn opaque_later(text: String) -> Result<u32, impl Error> {
    core::future::ready(()).await;
    text.parse::<u32>()
}

/// Opaque on both sides.
#[shape]
pub fn both(text: &str) -> Result<impl std::fmt::Display, impl Error> {
    text.parse::<f64>()
}
