//! Row 34: opaque types inside the result of an `async fn`.

/// An iterator with a capturing closure.
#[shape]
pub async fn doubled(values: Vec<u32>, factor: u32) -> Result<impl Iterator<Item = u32>, String> {
    core::future::ready(()).await;
    if values.is_empty() {
        return Err(String::from("empty"));
    }
    Ok(values.into_iter().map(move |value| value * factor))
}

/// An iterator that borrows.
#[shape]
pub async fn borrowed(values: &[u32]) -> impl Iterator<Item = &u32> {
    core::future::ready(()).await;
    values.iter().filter(|value| **value > 1)
}

/// A closure.
#[shape]
pub async fn closure(step: u32) -> impl Fn(u32) -> u32 {
    move |value| value + step
}

/// A pair of opaque types.
#[shape]
pub async fn pair(text: String) -> Option<(impl std::fmt::Display, impl std::fmt::Debug)> {
    core::future::ready(()).await;
    Some((text.len(), text))
}
