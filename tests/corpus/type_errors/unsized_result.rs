//! A result without a known size. What is done with the result in the expansion can't be typed either, and borrows are not checked then.
//@ also: E0277 E0599
//@ hides: E0507

/// Sized.
#[shape]
pub fn sized<T: ?Sized>(value: &T) -> T {
    *value
}
