//! Moves and mutability.

/// Used after a move.
#[shape]
pub fn moved(text: String) -> usize {
    drop(text);
    text.len()
}

/// Used after a move, async.
#[shape]
pub async fn moved_later(text: String) -> Result<usize, String> {
    drop(text);
    Ok(text.len())
}

/// Not mutable.
#[shape]
pub fn immutable(text: String) -> String {
    text.push('x');
    text
}

/// Not mutable, async.
#[shape]
pub async fn immutable_later(values: Vec<u32>) -> usize {
    values.push(1);
    values.len()
}

/// Behind a reference.
#[shape]
pub fn behind(text: &String) -> String {
    *text
}
