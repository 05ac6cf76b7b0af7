//! Row 64: bodies on one line, and empty ones.

/// Empty.
#[shape_without_ret]
pub fn empty() {}

/// A value.
#[shape]
pub fn value() -> u32 { 1 }

/// A block in a block.
#[shape]
pub fn block() -> u32 { unsafe { core::num::NonZeroU32::new_unchecked(1).get() } }

/// A match.
#[shape]
pub fn choose(value: u32) -> u32 { match value { 0 => 1, other => other } }

/// Async.
#[shape]
pub async fn later() -> Result<u32, String> { Ok(1) }

/// Async, empty.
#[shape_without_ret]
pub async fn nothing() {}

/// A future.
#[shape]
pub fn future() -> impl core::future::Future<Output = ()> { async {} }

/// A type.
pub struct Thing;

#[shape_impl]
impl Thing {
    /// Empty.
    #[shape_without_ret]
    pub fn empty(&self) {}
    /// A result.
    #[shape]
    pub fn result(&self) -> Result<(), String> { Ok(()) }
    /// A reference.
    #[shape]
    pub fn me(&self) -> &Self { self }
}
