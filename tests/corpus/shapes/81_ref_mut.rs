//! Row 81: `ref mut` in the pattern of a parameter.

use std::future::Future;

/// Alone.
#[shape]
pub fn alone(ref mut list: Vec<u32>) -> Option<u32> {
    list.push(1);
    list.pop()
}

/// Beside others.
#[shape]
pub fn beside((ref mut list, count): (Vec<u32>, u32), [first, ..]: [u32; 2]) -> usize {
    list.push(count + first);
    list.len()
}

/// With a result.
#[shape]
pub fn with_result(ref mut text: String) -> Result<usize, std::fmt::Error> {
    use std::fmt::Write as _;
    write!(text, "more")?;
    Ok(text.len())
}

/// Behind a reference.
#[shape]
pub fn behind((&mut ref mut list, _): (&mut Vec<u32>, u8)) -> Result<usize, String> {
    list.push(1);
    Ok(list.len())
}

/// Async.
#[shape]
pub async fn later((ref mut list, ref count): (Vec<u32>, u32), ref mut other: u32) -> Result<usize, String> {
    core::future::ready(()).await;
    *other += 1;
    list.push(*count + *other);
    Ok(list.len())
}

/// Returned.
#[shape]
pub fn returned((ref mut list, _): (Vec<u32>, u32)) -> impl Future<Output = Option<u32>> {
    list.push(1);
    let last = list.pop();
    async move { last }
}
