//! `?` where it does not fit. The body of a function with an outcome stands in a closure, which the messages call so.
//@ reworded

/// The error does not convert.
#[shape]
pub fn unconverted(text: &str) -> Result<u32, u8> {
    let value: u32 = text.parse()?;
    Ok(value)
}

/// The function returns nothing.
#[shape]
pub fn unit(text: &str) {
    let _value: u32 = text.parse()?;
}

/// An option in a result.
#[shape]
pub fn option(values: &[u32]) -> Result<u32, String> {
    Ok(*values.first()?)
}

/// The error does not convert, async.
#[shape]
pub async fn unconverted_later(text: &str) -> Result<u32, u8> {
    let value: u32 = text.parse()?;
    Ok(value)
}
