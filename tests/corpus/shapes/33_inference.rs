//! Row 33: bodies typed by the declared result alone.

use std::collections::HashMap;

/// Collects.
#[shape]
pub fn collect(values: &[u32]) -> Vec<u64> {
    values.iter().map(|value| u64::from(*value)).collect()
}

/// Collects into a result.
#[shape]
pub fn collect_result(values: &[&str]) -> Result<Vec<u32>, std::num::ParseIntError> {
    values.iter().map(|value| value.parse()).collect()
}

/// Collects, async.
#[shape]
pub async fn collect_later(values: Vec<u32>) -> HashMap<u32, usize> {
    core::future::ready(()).await;
    values.into_iter().enumerate().map(|(index, value)| (value, index)).collect()
}

/// Converts.
#[shape]
pub fn convert(text: &str) -> Box<str> {
    text.into()
}

/// Converts, async.
#[shape]
pub async fn convert_later(text: &str) -> Result<String, Box<dyn std::error::Error>> {
    core::future::ready(()).await;
    Ok(text.into())
}

/// Defaults.
#[shape]
pub fn default() -> (u32, String) {
    Default::default()
}

/// Parses.
#[shape]
pub async fn parse(text: &str) -> Result<u16, std::num::ParseIntError> {
    text.parse()
}

/// Numbers without a suffix.
#[shape]
pub async fn number() -> u8 {
    let mut total = 0;
    for step in 1..4 {
        core::future::ready(()).await;
        total += step;
    }
    total
}

/// A literal of the element type.
#[shape]
pub fn empty() -> Result<Option<Vec<u8>>, String> {
    Ok(None)
}
