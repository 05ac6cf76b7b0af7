//! Unsafe calls without a block.

/// Unsafe.
///
/// # Safety
/// None needed.
#[shape]
pub unsafe fn callee() {}

/// Calls it.
#[shape]
pub fn calls() {
    callee();
}

/// Calls it, async.
#[shape]
pub async fn calls_later() -> Result<(), String> {
    callee();
    Ok(())
}
