//! Row 16: `async unsafe fn`.

/// Reads later.
///
/// # Safety
/// The pointer is valid until the future ends.
#[shape]
pub async unsafe fn read(pointer: *const u32) -> u32 {
    core::future::ready(()).await;
    unsafe { *pointer }
}

/// A type.
pub struct Reader;

#[shape_impl]
impl Reader {
    /// Reads later, with an outcome.
    ///
    /// # Safety
    /// The pointer is valid until the future ends.
    #[shape]
    pub async unsafe fn checked(&self, pointer: *const u32) -> Result<u32, String> {
        if pointer.is_null() {
            return Err(String::from("null"));
        }
        Ok(unsafe { read(pointer).await })
    }
}
