//! Row 29: an error that borrows from an argument.

use std::fmt;

/// Borrows.
#[derive(Debug)]
pub struct Unknown<'a>(pub &'a str);

impl fmt::Display for Unknown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for Unknown<'_> {}

/// Elided.
#[shape]
pub fn find(name: &str) -> Result<u32, Unknown<'_>> {
    if name == "one" { Ok(1) } else { Err(Unknown(name)) }
}

/// Async.
#[shape]
pub async fn find_later(name: &str) -> Result<u32, Unknown<'_>> {
    core::future::ready(()).await;
    find(name)
}

/// Named, from one of two.
#[shape]
pub fn find_in<'n>(name: &'n str, names: &[&str]) -> Result<usize, Unknown<'n>> {
    names.iter().position(|other| *other == name).ok_or(Unknown(name))
}
