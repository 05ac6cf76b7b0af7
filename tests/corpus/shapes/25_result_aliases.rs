//! Row 25: aliases of `Result`, and impls of std's traits that return one.

use std::fmt;
use std::io;
use std::io::Write as _;
use std::str::FromStr;

/// The module's own alias.
pub type Result<T, E = Failed> = core::result::Result<T, E>;

/// Fails.
#[derive(Debug)]
pub struct Failed;

impl fmt::Display for Failed {
    #[shape]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("failed")
    }
}

impl std::error::Error for Failed {}

/// The module's own alias.
#[shape]
pub fn alias(value: u32) -> Result<u32> {
    if value == 0 { Err(Failed) } else { Ok(value) }
}

/// The same, async.
#[shape]
pub async fn alias_later(value: u32) -> Result<()> {
    core::future::ready(()).await;
    alias(value)?;
    Ok(())
}

/// std's alias.
#[shape]
pub fn write(text: &str) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    out.write_all(text.as_bytes())?;
    Ok(out)
}

/// A number.
pub struct Number(pub u32);

#[shape_impl]
impl FromStr for Number {
    type Err = std::num::ParseIntError;

    #[shape]
    fn from_str(text: &str) -> core::result::Result<Self, Self::Err> {
        let number = text.parse()?;
        Ok(Self(number))
    }
}

#[shape_impl]
impl TryFrom<i64> for Number {
    type Error = Failed;

    #[shape]
    fn try_from(value: i64) -> Result<Self> {
        u32::try_from(value).map(Number).map_err(|_| Failed)
    }
}
