//! A method call not yet named.

/// Counts.
#[shape]
pub fn count(value: u32) -> u32 {
    let text = value.to_string();
    text.
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
