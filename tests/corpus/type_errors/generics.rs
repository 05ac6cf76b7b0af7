//! Generics that don't fit.

/// A bound that is missing.
#[shape]
pub fn printed<T>(value: T) -> String {
    value.to_string()
}

/// A bound that is missing, async.
#[shape]
pub async fn copied<T>(value: &T) -> Option<T> {
    Some(value.clone())
}

/// A call with the wrong one.
#[shape]
pub fn called() -> String {
    printed::<u32, u32>(1)
}
