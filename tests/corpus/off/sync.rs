//! Plain functions, each with something that `traced` does when it is on.

/// Nothing else.
#[shape]
pub fn plain(value: u32) -> u32 {
    value.wrapping_mul(3)
}

/// An outcome.
#[shape]
pub fn outcome(value: u32) -> Result<u32, String> {
    if value == 0 { Err(String::from("zero")) } else { Ok(value - 1) }
}

/// Captured arguments.
#[shape(name = "captured {value}", kind = client, attrs(value, text.length = text.len(), ?text))]
pub fn captured(value: u32, text: &str) -> u32 {
    value + text.len() as u32
}

/// All arguments, and one hidden.
#[shape(args, redact(text))]
pub fn arguments(value: u32, text: &str) -> usize {
    text.len() + value as usize
}

/// Attributes and events in the body.
#[shape]
pub fn late(value: u32) -> Option<u32> {
    ::traced::attrs!(value = value, value.text = format!("{value}")); //@ annotated
    let next = value.checked_add(1)?;
    ::traced::event!("added", next = next); //@ annotated
    Some(next)
}

/// A parent that is computed.
#[shape(parent = context)]
pub fn parent(value: u32, context: &::traced::Context) -> u32 {
    let _ = context;
    value
}

/// Root, links, sampling.
#[shape(root, sample = 0.5)]
pub fn root(value: u32) -> u32 {
    value / 3
}
