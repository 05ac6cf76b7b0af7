//! Row 31: unsized coercions at the return.

use std::fmt::Display;

/// A boxed closure.
#[shape]
pub fn adder(step: u32) -> Result<Box<dyn Fn(u32) -> u32>, String> {
    if step == 0 {
        return Err(String::from("zero"));
    }
    Ok(Box::new(move |value| value + step))
}

/// Two closures of different types.
#[shape]
pub fn either(up: bool) -> Box<dyn Fn(u32) -> u32> {
    match up {
        true => Box::new(|value| value + 1),
        false => Box::new(|value| value - 1),
    }
}

/// A trait object.
#[shape]
pub fn object(flag: bool) -> Box<dyn Display + Send> {
    if flag {
        return Box::new("text");
    }
    Box::new(7)
}

/// A slice of an array.
#[shape]
pub fn slice(flag: bool) -> &'static [u32] {
    if flag { &[1, 2, 3] } else { &[] }
}

/// A function pointer.
#[shape]
pub fn pointer(flag: bool) -> fn(u32) -> u32 {
    if flag { |value| value } else { |value| value * 2 }
}

/// A reference to a trait object.
#[shape]
pub fn reference(value: &u32) -> &dyn Display {
    value
}
