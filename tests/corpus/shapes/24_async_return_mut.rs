//! Row 24: async methods that give a mutable reference back.

/// Bytes.
pub struct Bytes(pub Vec<u8>);

#[shape_impl]
impl Bytes {
    /// The first byte.
    #[shape]
    pub async fn first(&mut self) -> Result<&mut u8, String> {
        core::future::ready(()).await;
        self.0.first_mut().ok_or_else(|| String::from("empty"))
    }

    /// At an index.
    #[shape]
    pub async fn at<'a>(&'a mut self, index: &usize) -> Option<&'a mut u8> {
        core::future::ready(()).await;
        self.0.get_mut(*index)
    }
}

/// Passes through.
#[shape]
pub async fn same(value: &mut u8) -> &mut u8 {
    core::future::ready(()).await;
    value
}
