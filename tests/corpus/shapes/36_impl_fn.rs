//! Row 36: closures as results.

/// A closure.
#[shape]
pub fn adder(step: u32) -> impl Fn(u32) -> u32 {
    move |value| value + step
}

/// Higher-ranked, elided.
#[shape]
pub fn trimmer() -> impl Fn(&str) -> &str {
    |text| text.trim()
}

/// Higher-ranked, written out.
#[shape]
pub fn skipper(count: usize) -> impl for<'a> Fn(&'a str) -> &'a str {
    move |text| text.get(count..).unwrap_or(text)
}

/// Boxed, over an unsized argument.
#[shape]
pub fn length() -> Box<dyn for<'a> Fn(&'a [u8]) -> usize + Send> {
    Box::new(|bytes| bytes.len())
}

/// One call only.
#[shape]
pub fn once(text: String) -> impl FnOnce() -> String {
    || text
}

/// Takes and gives one.
#[shape]
pub fn compose<A, B, C>(first: impl Fn(A) -> B, second: impl Fn(B) -> C) -> impl Fn(A) -> C {
    move |value| second(first(value))
}

/// Takes a boxed closure over an unsized type.
#[shape]
pub fn apply(visit: Box<dyn Fn(&dyn core::fmt::Debug) -> usize>, value: &dyn core::fmt::Debug) -> usize {
    visit(value)
}
