//! Row 73: an attribute on a closure is refused by the compiler itself.
//@ error: attribute

/// A closure.
pub fn closure() -> u32 {
    #[shape]
    let add = |value: u32| value + 1;
    add(1)
}
