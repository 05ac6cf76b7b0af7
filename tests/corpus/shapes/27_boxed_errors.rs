//! Row 27: boxed errors and `anyhow`.

use std::error::Error;

/// Boxed.
#[shape]
pub fn boxed(text: &str) -> Result<u32, Box<dyn Error>> {
    if text.is_empty() {
        return Err("empty".into());
    }
    Ok(text.parse::<u32>()?)
}

/// Boxed, for threads.
#[shape]
pub fn boxed_send(text: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
    let value: u32 = text.parse()?;
    Err(Box::from(format!("{value} is not wanted")))
}

/// Boxed, async.
#[shape]
pub async fn boxed_later(text: &str) -> Result<u32, Box<dyn Error + Send + Sync + 'static>> {
    core::future::ready(()).await;
    Ok(boxed_send(text)? + 1)
}

/// `anyhow`.
#[shape]
pub fn any(text: &str) -> anyhow::Result<u32> {
    anyhow::ensure!(!text.is_empty(), "empty");
    Ok(text.parse::<u32>()?)
}

/// `anyhow`, async, with context.
#[shape]
pub async fn any_later(text: &str) -> anyhow::Result<()> {
    use anyhow::Context as _;
    any(text).context("first")?;
    core::future::ready(()).await;
    any(text).with_context(|| format!("second {text}"))?;
    anyhow::bail!("no")
}

/// A boxed error that borrows.
#[shape]
pub fn borrowed<'a>(text: &'a str) -> Result<&'a str, Box<dyn Error + 'a>> {
    if text.is_empty() { Err(Box::from("empty")) } else { Ok(text) }
}
