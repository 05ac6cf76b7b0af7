//! Row 4: `mut` parameters and values moved in.

/// Counts down in place.
#[shape]
pub fn countdown(mut left: u32) -> u32 {
    while left > 3 {
        left -= 1;
    }
    left
}

/// Takes ownership, changes, gives back.
#[shape]
pub fn push(mut values: Vec<u32>, text: String) -> (Vec<u32>, String) {
    values.push(1);
    (values, text)
}

/// The same, async.
#[shape]
pub async fn push_later(mut text: String, part: String) -> Result<String, std::num::ParseIntError> {
    text.push_str(&part);
    core::future::ready(()).await;
    text.parse::<u8>()?;
    Ok(text)
}

/// Consumes by drop.
#[shape_without_ret]
pub fn consume(text: String) {
    drop(text);
}
