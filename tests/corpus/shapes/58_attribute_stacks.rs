//! Row 58: stacks of attributes.
#![allow(deprecated)]

/// Documented.
///
/// Twice.
#[must_use]
#[inline]
#[shape]
pub fn above(value: u32) -> u32 {
    value + 1
}

#[shape]
/// Documented below.
#[must_use = "it is a number"]
#[inline(always)]
#[allow(clippy::inline_always)]
pub fn below(value: u32) -> u32 {
    value + 2
}

#[doc = "Cold."]
#[cold]
#[inline(never)]
#[shape]
#[doc(alias = "freezing")]
pub fn cold(value: u32) -> Result<u32, String> {
    Ok(value)
}

/// Deprecated.
#[deprecated(note = "old")]
#[shape]
pub fn old(value: u32) -> u32 {
    value
}

/// Tracks its caller.
#[shape_without_ret]
#[track_caller]
pub fn tracked(value: Option<u32>) -> u32 {
    value.expect("some")
}

/// Tracks its caller, with an outcome.
#[track_caller]
#[shape_without_ret]
pub fn tracked_result(value: Option<u32>) -> Result<u32, String> {
    Ok(value.ok_or("none")?)
}

/// Async with a must-use result.
#[must_use]
#[shape]
#[allow(clippy::unused_async)]
pub async fn later(value: u32) -> u32 {
    value
}

/// A type.
pub struct Thing;

#[shape_impl]
impl Thing {
    /// Stacked.
    #[must_use]
    #[inline]
    #[shape]
    #[doc(hidden)]
    pub fn new() -> Self {
        Self
    }

    /// Stacked, cfg'd.
    #[cfg(all())]
    #[shape]
    #[cfg_attr(all(), must_use)]
    pub fn configured(&self) -> u32 {
        1
    }

    /// Not there.
    #[cfg(any())]
    #[shape]
    pub fn missing(&self) -> Missing {
        1
    }
}
