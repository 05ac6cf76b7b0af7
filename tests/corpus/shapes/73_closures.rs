//! Row 73: an attribute on a closure is refused by the compiler itself, and by the macro with what to do instead.
//@ error: closure
//@ also: E0658

/// A closure.
pub fn closure() -> u32 {
    #[shape]
    let add = |value: u32| value + 1;
    add(1)
}
