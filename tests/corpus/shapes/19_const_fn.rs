//! Row 19: a `const fn` can't be spanned.
//@ error: const

/// Doubles.
#[shape]
pub const fn double(value: u32) -> u32 {
    value * 2
}

/// Uses it in a constant, so that a swallowed item would show.
pub const FOUR: u32 = double(2);
