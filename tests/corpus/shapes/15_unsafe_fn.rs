//! Row 15: `unsafe fn`, and unsafe code in a body.

/// Reads.
///
/// # Safety
/// The pointer is valid.
#[shape]
pub unsafe fn read(pointer: *const u32) -> u32 {
    unsafe { *pointer }
}

/// Reads, with an outcome.
///
/// # Safety
/// The pointer is valid.
#[shape]
pub unsafe fn checked(pointer: *const u32) -> Result<u32, String> {
    if pointer.is_null() {
        return Err(String::from("null"));
    }
    let value = unsafe { read(pointer) };
    Ok(value)
}

/// A safe function with an unsafe block and a closure around another.
#[shape]
pub fn safe(values: &[u32]) -> u32 {
    let get = |index: usize| unsafe { *values.get_unchecked(index) };
    if values.is_empty() { 0 } else { get(0) }
}
