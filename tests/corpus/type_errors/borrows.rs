//! Borrows.

/// Borrowed twice.
#[shape]
pub fn twice(values: &mut Vec<u32>) -> usize {
    let first = &mut *values;
    let second = &mut *values;
    first.push(1);
    second.len()
}

/// Returns a local.
#[shape]
pub fn local() -> &'static str {
    let text = String::new();
    text.as_str()
}

/// Returns a local, async.
#[shape]
pub async fn local_later<'a>(prefix: &'a str) -> &'a str {
    let text = prefix.to_owned();
    text.as_str()
}

/// Lives too short.
#[shape]
pub fn short() -> usize {
    let outer;
    {
        let inner = String::new();
        outer = &inner;
    }
    outer.len()
}
