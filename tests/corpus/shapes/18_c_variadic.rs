//! Row 18: a C-variadic definition can't be spanned. (Its definition needs a nightly compiler too: the bare
//! code has that one error.)
//@ error: variadic
//@ bare-errors

/// Adds.
///
/// # Safety
/// As many values follow as `count` says.
#[shape]
pub unsafe extern "C" fn add(count: i32, mut _rest: ...) -> i32 {
    count
}
