//! `?` in an `async fn` that returns nothing.
//@ reworded

/// The function returns nothing.
#[shape]
pub async fn unit(text: &str) {
    let _value: u32 = text.parse()?;
}
