//! Row 56: inner attributes in the body.

/// Allows by an inner attribute.
#[shape]
pub fn allowed(value: u32) -> u32 {
    #![allow(unused_variables, clippy::let_and_return)]
    let unused = 1;
    let result = value + 1;
    result
}

/// The same, async.
#[shape]
pub async fn allowed_later(value: u32) -> Result<u32, String> {
    #![allow(unused_mut)]
    let mut unchanged = value;
    core::future::ready(()).await;
    Ok(unchanged)
}

/// Documentation inside.
#[shape_without_ret]
pub fn documented() {
    //! More about it.
    std::hint::black_box(());
}

/// A cfg that is off for what follows it.
#[shape]
pub fn expected(value: u32) -> u32 {
    #![expect(unused_variables)]
    let unused = value;
    value
}
