//! Row 74: on things that are no functions.
//@ error: function

/// A struct.
#[shape]
pub struct Thing {
    /// A number.
    pub number: u32,
}

/// An enum.
#[shape]
pub enum Choice {
    /// One.
    One(Thing),
}

/// A constant.
#[shape]
pub const ONE: Choice = Choice::One(Thing { number: 1 });

/// A type.
#[shape]
pub type Alias = Choice;

/// Uses them, so that swallowed items would show.
pub fn number(Choice::One(thing): Alias) -> u32 {
    thing.number
}
