//! Row 73: a `gen fn` can't be spanned. (It needs a nightly compiler too: the bare code has that error.)
//@ error: gen
//@ bare-errors
//@ editions: 2024

/// Counts.
#[shape]
pub gen fn count(limit: u32) -> u32 {
    for value in 0..limit {
        yield value;
    }
}
