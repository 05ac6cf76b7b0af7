//! A method in an impl, with `self.` at the end.

/// A type.
pub struct Thing(u32);

#[shape_impl]
impl Thing {
    /// Counts.
    #[shape]
    pub fn count(&self) -> u32 {
        let first = self.0;
        self.
    }

    /// Another.
    #[shape]
    pub fn other(&self) -> u32 {
        self.0
    }
}

/// Uses them, so that swallowed items would show.
pub fn caller(thing: &Thing) -> u32 {
    thing.count() + thing.other()
}
