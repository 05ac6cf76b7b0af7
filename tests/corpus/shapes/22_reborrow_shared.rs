//! Row 22: a mutable argument reborrowed as shared.

/// Adds and looks.
#[shape]
pub fn bump(value: &mut u8) -> Result<&u8, String> {
    *value = value.checked_add(1).ok_or_else(|| String::from("full"))?;
    Ok(value)
}

/// Text.
pub struct Text(pub String);

#[shape_impl]
impl Text {
    /// Adds and looks.
    #[shape]
    pub fn push(&mut self, part: &str) -> Result<&str, std::convert::Infallible> {
        self.0.push_str(part);
        Ok(&self.0)
    }

    /// A slice of what a mutable borrow gives.
    #[shape]
    pub fn trimmed(&mut self) -> &str {
        self.0.push(' ');
        self.0.trim()
    }
}
