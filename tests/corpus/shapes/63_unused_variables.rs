//! Row 63: the lints about unused parameters and values still fire.
//@ fires: unused_variables unused_mut unused_assignments unused_must_use
//@ solo

/// An unused parameter.
#[shape]
pub fn parameter(unused: u32, used: u32) -> u32 {
    used
}

/// An unused parameter, async.
#[shape]
pub async fn parameter_later(unused: String, used: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    Ok(used)
}

/// An unused `mut`.
#[shape]
pub fn unchanged(mut value: u32) -> u32 {
    value
}

/// An unused `mut`, with an outcome.
#[shape]
pub async fn unchanged_later(mut value: String) -> Result<String, ()> {
    Ok(value)
}

/// Assigned, never read.
#[shape]
pub fn assigned(mut value: u32) -> u32 {
    value = 2;
    3
}

/// Unused parts of a pattern.
#[shape]
pub fn parts((a, b): (u32, u32)) -> Result<u32, String> {
    Ok(a)
}

/// An unused local and an unused result.
#[shape_without_ret]
pub fn local(value: u32) {
    let unused = value;
    parts((1, 2));
}

/// A type.
pub struct Thing;

#[shape_impl]
impl Thing {
    /// An unused parameter of a method.
    #[shape]
    pub fn method(&self, unused: &str) -> u32 {
        1
    }

    /// An unused parameter of a future.
    #[shape]
    pub fn future(&self, unused: u32) -> impl core::future::Future<Output = u32> + use<> {
        async { 1 }
    }
}

/// An unused parameter of a trait's default method.
pub trait Default {
    /// Does nothing.
    #[shape_without_ret]
    fn nothing(&self, unused: u32) {}
}

/// Unreachable code and unused calls.
#[shape]
pub fn unreachable() -> u32 {
    return 1;
    2
}

/// An unused future.
#[shape_without_ret]
pub async fn dropped(value: u32) {
    parameter_later(String::new(), value);
}

/// Deprecated things and unneeded parentheses.
#[shape]
pub fn parentheses(value: u32) -> u32 {
    if (value == 1) { return (2); }
    value
}
