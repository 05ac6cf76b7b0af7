//! Row 28: errors without any trait.

/// No trait at all.
pub struct Opaque;

/// Unit.
#[shape]
pub fn unit(value: u32) -> Result<u32, ()> {
    if value == 0 { Err(()) } else { Ok(value) }
}

/// No trait.
#[shape]
pub fn opaque(value: u32) -> Result<u32, Opaque> {
    if value == 0 { Err(Opaque) } else { Ok(value) }
}

/// No trait, async.
#[shape]
pub async fn opaque_later(value: u32) -> Result<(), Opaque> {
    core::future::ready(()).await;
    opaque(value)?;
    Ok(())
}

/// Text.
#[shape]
pub fn text(value: u32) -> Result<u32, &'static str> {
    if value == 0 { Err("zero") } else { Ok(value) }
}

/// Generic, unbounded.
#[shape]
pub fn generic<T, E>(value: Result<T, E>) -> Result<T, E> {
    let inner = value?;
    Ok(inner)
}

/// Generic, async.
#[shape]
pub async fn generic_later<T, E>(value: Result<T, E>) -> Result<T, E> {
    core::future::ready(()).await;
    value
}
