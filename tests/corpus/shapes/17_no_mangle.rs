//! Row 17: exported functions and other ABIs.

/// Exported.
#[unsafe(no_mangle)]
#[shape]
pub extern "C" fn corpus_exported(value: u32) -> u32 {
    value + 1
}

/// Exported, attributes the other way round.
#[shape]
#[unsafe(no_mangle)]
pub extern "C" fn corpus_exported_too(value: u32) -> u32 {
    value + 2
}

/// A callback.
#[shape_without_ret]
pub extern "C" fn callback(code: i32) {
    std::hint::black_box(code);
}

/// Unsafe and exported under another name.
///
/// # Safety
/// The pointer is valid.
#[shape]
#[unsafe(export_name = "corpus_renamed")]
pub unsafe extern "C" fn renamed(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}
