//! A macro call with broken arguments.

/// Counts.
#[shape]
pub fn count(value: u32) -> String {
    format!("{value} {", value)
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
