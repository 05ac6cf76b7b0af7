//! Row 21: a mutable reborrow of an argument in a `Result`.

/// Bytes.
pub struct Bytes(pub Vec<u8>);

/// The first byte.
#[shape]
pub fn first(bytes: &mut Vec<u8>) -> Result<&mut u8, String> {
    bytes.push(0);
    bytes.first_mut().ok_or_else(|| String::from("empty"))
}

#[shape_impl]
impl Bytes {
    /// The first byte.
    #[shape]
    pub fn first(&mut self) -> Result<&mut u8, String> {
        self.0.first_mut().ok_or_else(|| String::from("empty"))
    }

    /// The first byte, or a new one.
    #[shape]
    pub fn first_or<'a>(&'a mut self, default: &'a mut u8) -> Result<&'a mut u8, ()> {
        if self.0.is_empty() {
            return Ok(default);
        }
        self.0.first_mut().ok_or(())
    }
}
