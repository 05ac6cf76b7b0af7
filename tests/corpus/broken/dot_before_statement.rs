//! A method call not yet named, before another statement.

/// Counts.
#[shape]
pub fn count(value: u32) -> usize {
    let text = value.to_string();
    text.;
    text.len()
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
