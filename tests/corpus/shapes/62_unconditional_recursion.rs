//! Row 62: `unconditional_recursion`, which may be lost: the call stands in another function.
//@ fires: unconditional_recursion
//@ solo

/// Calls itself.
#[shape_without_ret]
pub fn endless() {
    endless();
}

/// Calls itself, with a value.
#[shape]
pub fn endless_value(value: u32) -> u32 {
    endless_value(value + 1)
}

/// A type.
pub struct Thing;

#[shape_impl]
impl Thing {
    /// Calls itself.
    #[shape]
    pub fn again(&self) -> Result<u32, String> {
        self.again()
    }
}
