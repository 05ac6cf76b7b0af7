//! Row 23: a mutable reference as the value itself.

/// Passes through.
#[shape]
pub fn same(value: &mut u8) -> &mut u8 {
    *value += 1;
    value
}

/// One of two.
#[shape]
pub fn either<'a>(first: &'a mut u8, second: &'a mut u8) -> &'a mut u8 {
    if *first > *second { first } else { second }
}

/// A part of it.
#[shape]
pub fn part(pair: &mut (u8, String)) -> &mut String {
    &mut pair.1
}

/// Optional.
#[shape]
pub fn optional(values: &mut [u8]) -> Option<&mut u8> {
    values.iter_mut().next()
}
