//! Row 75: arguments in any order.
//@ modes: plain ret

/// A number.
pub struct Thing(pub u32);

/// One order.
#[shape(name = "first", kind = server, attrs(value))]
pub fn first(value: u32) -> Result<u32, String> {
    Ok(value)
}

/// The other.
#[shape(attrs(value, doubled = value.wrapping_mul(2)), kind = client, name = "second")]
pub async fn second(value: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    Ok(value)
}

/// The name first.
#[shape("third", attrs(value.inner = value.0), err = off)]
pub fn third(value: Thing) -> Result<u32, Thing> {
    Err(value)
}
