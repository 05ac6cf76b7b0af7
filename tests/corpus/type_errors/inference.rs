//! Types that can't be inferred.

/// A collection.
#[shape]
pub fn collection(values: &[u32]) -> usize {
    let all = values.iter().collect();
    1
}

/// A default, async.
#[shape]
pub async fn default() -> Result<(), String> {
    let value = Default::default();
    Ok(())
}
