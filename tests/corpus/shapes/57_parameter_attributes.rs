//! Row 57: attributes on parameters.

/// One removed, one kept.
#[shape]
pub fn configured(#[cfg(any())] missing: u32, #[cfg(all())] present: u32) -> u32 {
    #[cfg(any())]
    let present = missing;
    present
}

/// One removed, one kept, async, with an outcome.
#[shape]
pub async fn configured_later(#[cfg(any())] missing: Missing, #[cfg(not(any()))] present: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    Ok(present)
}

/// Lints.
#[shape]
pub fn lints(#[allow(unused_variables)] unused: u32, #[allow(unused_mut)] mut unchanged: u32) -> u32 {
    unchanged
}

/// Lints, async.
#[shape]
pub async fn lints_later(#[allow(unused_variables)] unused: u32, #[expect(unused_mut)] mut unchanged: u32) -> u32 {
    unchanged
}

/// A type.
pub struct Thing;

#[shape_impl]
impl Thing {
    /// On `self`.
    #[shape]
    pub fn method(#[cfg(all())] &self, #[cfg_attr(all(), allow(unused_variables))] unused: u32) -> u32 {
        1
    }
}

/// Removed inside a pattern's type and within the signature.
#[shape]
pub fn generic<#[cfg(any())] T, #[cfg(all())] U: Default>(value: U) -> U {
    let _ = value;
    U::default()
}
