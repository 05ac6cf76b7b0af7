//! Types in the signature that are not there.

/// A parameter.
#[shape]
pub fn parameter(value: Missing) -> u32 {
    1
}

/// A result.
#[shape]
pub async fn result(value: u32) -> Result<Missing, String> {
    Err(value.to_string())
}

/// A lifetime.
#[shape]
pub fn lifetime(first: &str, second: &str) -> &str {
    first
}
