//! Row 15: an unsafe operation straight in an `unsafe fn`, where the lint is off.
#![allow(unsafe_op_in_unsafe_fn)]

/// Reads.
///
/// # Safety
/// The pointer is valid.
#[shape]
pub unsafe fn read(pointer: *const u32) -> u32 {
    *pointer
}

/// Reads, with an outcome.
///
/// # Safety
/// The pointer is valid.
#[shape]
pub unsafe fn checked(pointer: *const u32) -> Option<u32> {
    if pointer.is_null() { None } else { Some(*pointer) }
}
