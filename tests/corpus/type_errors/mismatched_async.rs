//! The same in `async fn`.

/// At the end.
#[shape]
pub async fn tail(value: u32) -> String {
    value
}

/// In a `return`.
#[shape]
pub async fn early(value: u32) -> Result<u32, String> {
    if value == 0 {
        return Err(0);
    }
    Ok("text")
}

/// Nothing where something is due.
#[shape]
pub async fn nothing(value: u32) -> u32 {
    value + 1;
}

/// Something where nothing is due.
#[shape]
pub async fn something() {
    5u8
}

/// Not a future.
#[shape]
pub async fn awaited(value: u32) -> u32 {
    value.await
}

/// Not awaited.
#[shape]
pub async fn forgotten(value: u32) -> u32 {
    awaited(value)
}
