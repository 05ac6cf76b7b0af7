//! Row 48: `if let` chains.
//@ editions: 2024

/// A chain.
#[shape]
pub fn chain(values: &[u32], limit: Option<u32>) -> u32 {
    if let Some(first) = values.first()
        && let Some(limit) = limit
        && *first < limit
    {
        *first
    } else {
        0
    }
}

/// A chain over temporaries, async.
#[shape]
pub async fn chain_later(values: &std::sync::Mutex<Vec<u32>>) -> Result<u32, String> {
    if let Ok(values) = values.lock()
        && let [first, ..] = values.as_slice()
    {
        return Ok(*first);
    }
    core::future::ready(()).await;
    Err(String::from("none"))
}

/// An async closure.
#[shape]
pub async fn async_closure(step: u32) -> u32 {
    let add = async |value: u32| value + step;
    add(1).await + add(2).await
}
