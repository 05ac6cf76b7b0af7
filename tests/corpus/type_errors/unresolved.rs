//! Names, methods, fields and traits that are not there.

/// A thing.
pub struct Thing;

/// A function.
#[shape]
pub fn function(value: u32) -> u32 {
    missing(value)
}

/// A method and a field.
#[shape]
pub fn method(thing: &Thing) -> u32 {
    thing.missing() + thing.absent
}

/// A bound.
#[shape]
pub async fn bound(thing: Thing) -> Thing {
    thing.clone()
}

/// An operator.
#[shape]
pub fn operator(thing: Thing) -> Thing {
    thing + 1
}

/// Not to be displayed.
#[shape]
pub fn display(thing: Thing) -> String {
    format!("{thing}")
}
