//! Row 54: raw identifiers.

/// A type with a raw field.
pub struct Raw {
    /// A keyword.
    pub r#type: u32,
}

/// A raw name and raw parameters.
#[shape]
pub fn r#match(r#type: u32, r#fn: &str) -> usize {
    r#fn.len() + r#type as usize
}

/// Async.
#[shape]
pub async fn r#await(r#loop: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    Ok(r#loop)
}

#[shape_impl]
impl Raw {
    /// A raw method.
    #[shape]
    pub fn r#type(&self, r#use: u32) -> u32 {
        self.r#type + r#use
    }
}

/// Raw in a pattern and as a generic.
#[shape]
pub fn generic<r#Try: Clone>(Raw { r#type }: Raw, value: r#Try) -> (u32, r#Try) {
    (r#type, value)
}

/// Not raw, but other alphabets.
#[shape]
pub fn größe(größe: u32) -> u32 {
    größe
}
