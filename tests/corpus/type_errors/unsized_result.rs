//! A result without a known size.

/// Sized.
#[shape]
pub fn sized<T: ?Sized>(value: &T) -> T {
    *value
}
