//! Row 67: lints on visibility, endless loops and diverging expressions.
#![allow(dead_code)]

/// Partly public.
pub struct Partly {
    /// Public.
    pub open: u32,
    closed: u32,
}

#[shape_impl]
impl Partly {
    /// Makes one.
    #[shape]
    pub fn new(open: u32) -> Self {
        let closed = open;
        Self { open, closed }
    }

    /// An endless loop.
    #[shape_without_ret]
    pub fn forever(&self) {
        loop {
            std::thread::yield_now();
        }
    }

    /// An endless loop, async.
    #[shape_without_ret]
    pub async fn forever_later(&self) {
        loop {
            core::future::ready(()).await;
        }
    }
}

/// A diverging part.
#[shape]
pub fn diverging(value: Option<u32>) -> u32 {
    let value = value.unwrap_or_else(|| panic!("none"));
    match value {
        0 => todo!("zero"),
        other => other,
    }
}

/// Struct literals, default numeric fallback, integer arithmetic.
#[shape]
pub fn arithmetic(left: u32, right: f64) -> Result<f64, ()> {
    let scaled = (left * 2) as f64;
    if right == 0.0 {
        return Err(());
    }
    Ok(scaled / right)
}

/// Names of one character, unseparated literals, wildcards.
#[shape]
pub fn names(x: u32) -> u32 {
    match x {
        100000 => 1,
        _ => x,
    }
}
