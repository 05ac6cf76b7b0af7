//! Values of the wrong type, at the end, in a `return`, in a statement.

/// At the end.
#[shape]
pub fn tail(value: u32) -> String {
    value
}

/// In a `return`.
#[shape]
pub fn early(value: u32) -> Result<u32, String> {
    if value == 0 {
        return Err(0);
    }
    Ok("text")
}

/// Nothing where something is due.
#[shape]
pub fn nothing(value: u32) -> u32 {
    value + 1;
}

/// Something where nothing is due.
#[shape]
pub fn something() {
    5u8
}

/// In a statement.
#[shape]
pub fn statement(value: u32) -> u32 {
    let text: String = value;
    text.len()
}

/// A mistaken argument.
#[shape]
pub fn argument(value: &str) -> u32 {
    statement(value)
}
