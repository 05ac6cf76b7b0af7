//! Row 52: the user's modules have the names of the crates that the expansion names.

/// Not the crate.
pub mod traced {
    /// Nothing.
    pub struct Nothing;
}

/// Not the crate.
pub mod tracing {
    /// Nothing.
    pub struct Nothing;
}

/// Not the module.
pub mod __rt {
    /// Nothing.
    pub struct Nothing;
}

/// Nothing special.
#[shape]
pub fn plain(value: u32) -> u32 {
    value + 1
}

/// Async, with an outcome.
#[shape]
pub async fn later(value: u32) -> Result<u32, traced::Nothing> {
    core::future::ready(()).await;
    if value == 0 { Err(traced::Nothing) } else { Ok(value) }
}
