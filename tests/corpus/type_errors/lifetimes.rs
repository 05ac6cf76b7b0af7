//! Lifetimes of parameters.
//@ reworded

/// Another parameter's.
#[shape]
pub fn other<'a>(first: &'a str, second: &str) -> &'a str {
    second
}

/// Another parameter's, async.
#[shape]
pub async fn other_later<'a>(first: &'a str, second: &'a str, third: &str) -> &'a str {
    third
}

/// Not static.
#[shape]
pub fn stored(text: &str) -> Box<dyn Fn() -> usize> {
    Box::new(move || text.len())
}
