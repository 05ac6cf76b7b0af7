//! A closure without its body.

/// Counts.
#[shape]
pub fn count(value: u32) -> Option<u32> {
    Some(value).map(|value| )
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
