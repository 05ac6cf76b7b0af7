//! Row 60: stacked with other attribute macros and `cfg_attr`.

/// With another instrumentation macro above.
#[tracing::instrument(skip_all)]
#[shape]
pub fn above(value: u32) -> Result<u32, String> {
    Ok(value)
}

/// With another instrumentation macro below.
#[shape]
#[tracing::instrument(skip_all, err)]
pub fn below(value: u32) -> Result<u32, String> {
    Ok(value)
}

/// Async, above.
#[tracing::instrument(skip_all)]
#[shape]
pub async fn above_later(value: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    Ok(value)
}

/// Async, below.
#[shape]
#[tracing::instrument(skip_all)]
pub async fn below_later(value: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    Ok(value)
}

/// Together with a derive on what it returns, and a cfg'd lint.
#[shape]
#[cfg_attr(all(), inline)]
pub fn returned(value: u32) -> Returned {
    return Returned { value };
}

/// Returned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Returned {
    /// A number.
    pub value: u32,
}

/// The attribute itself behind `cfg_attr`.
#[cfg_attr(all(), shape)]
pub fn conditional(value: u32) -> Result<u32, String> {
    Ok(value)
}
