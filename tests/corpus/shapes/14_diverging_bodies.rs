//! Row 14: bodies that never yield their typed result.

/// Not written yet.
#[shape]
pub fn later(_name: &str) -> Result<u32, String> {
    unimplemented!()
}

/// Not written yet, async.
#[shape]
pub async fn later_async(_name: &str) -> Result<u32, String> {
    todo!("soon")
}

/// An endless loop with a typed result.
#[shape]
pub fn forever() -> u32 {
    loop {
        std::thread::yield_now();
    }
}

/// An endless loop that may return.
#[shape]
pub async fn until(limit: u32) -> Result<u32, String> {
    let mut seen = 0;
    loop {
        core::future::ready(()).await;
        seen += 1;
        if seen > limit {
            return Ok(seen);
        }
    }
}

/// Panics, returns nothing.
#[shape_without_ret]
pub fn boom() {
    panic!("boom")
}

/// Always returns early.
#[shape]
pub fn early(flag: bool) -> u32 {
    if flag {
        return 1;
    }
    unreachable!("the flag is set")
}
