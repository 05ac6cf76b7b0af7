//! A function that returns a future, half written.

/// Counts.
#[shape]
pub fn count(value: u32) -> impl core::future::Future<Output = u32> {
    let doubled = value * 2;
    async move { doubled. }
}

/// Uses it, so that a swallowed item would show.
pub fn caller() {
    let _ = count(1);
}
