//! Row 68: the lints that prepare for edition 2024.
//@ crate: warn(rust_2024_compatibility)
//@ solo

/// Locks in the tail.
#[shape]
pub fn locked(values: &std::sync::Mutex<Vec<u32>>) -> usize {
    values.lock().map_or(0, |values| values.len())
}

/// Opaque.
#[shape]
pub fn opaque(values: Vec<u32>) -> impl Iterator<Item = u32> {
    values.into_iter()
}

/// A never type falls back.
#[shape]
pub fn fallible(text: &str) -> Result<(), std::num::ParseIntError> {
    text.parse::<u32>()?;
    Ok(())
}

/// Async.
#[shape]
pub async fn later(values: &std::sync::Mutex<Vec<u32>>) -> Result<u32, String> {
    core::future::ready(()).await;
    let first = values.lock().ok().and_then(|values| values.first().copied());
    first.ok_or_else(String::new)
}
