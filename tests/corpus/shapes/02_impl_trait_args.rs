//! Row 2: `impl Trait` arguments, callbacks taken by `mut`, const generics.

/// A displayable argument.
#[shape]
pub fn render(value: impl core::fmt::Display) -> String {
    format!("<{value}>")
}

/// The same, async, without a `Send` bound.
#[shape]
pub async fn render_later(value: impl core::fmt::Display, times: usize) -> String {
    core::future::ready(()).await;
    value.to_string().repeat(times)
}

/// A callback that changes its captures.
#[shape_without_ret]
pub fn each(values: &[u32], mut visit: impl FnMut(u32)) {
    for value in values {
        visit(*value);
    }
}

/// The same, async.
#[shape]
pub async fn each_later(values: Vec<u32>, mut visit: impl FnMut(u32) -> bool) -> usize {
    let mut hits = 0;
    for value in values {
        core::future::ready(()).await;
        hits += usize::from(visit(value));
    }
    hits
}

/// Const generics with a default type parameter on the type.
#[shape]
pub fn sum<const N: usize>(values: [u64; N]) -> u64 {
    values.iter().sum()
}

/// Explicit generics, several bounds.
#[shape]
pub fn join<T, I>(values: I, separator: &str) -> String
where
    T: AsRef<str>,
    I: IntoIterator<Item = T>,
{
    let mut out = String::new();
    for value in values {
        out.push_str(value.as_ref());
        out.push_str(separator);
    }
    out
}
