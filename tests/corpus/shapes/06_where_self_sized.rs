//! Row 6: default methods, `where Self: Sized`, associated types.

/// A source of values.
#[shape_impl]
pub trait Source {
    /// What it yields.
    type Item: Default;
    /// How it fails.
    type E: From<std::num::ParseIntError>;

    /// Yields one.
    fn one(&self) -> Self::Item;

    /// A default method.
    #[shape]
    fn two(&self) -> (Self::Item, Self::Item) {
        (self.one(), self.one())
    }

    /// Only for sized ones.
    #[shape]
    fn into_one(self) -> Self::Item
    where
        Self: Sized,
    {
        self.one()
    }

    /// Fails with the associated error.
    #[shape]
    fn parse(&self, text: &str) -> Result<u32, Self::E> {
        Ok(text.parse::<u32>()?)
    }
}

/// A unit source.
pub struct Unit;

#[shape_impl]
impl Source for Unit {
    type Item = u32;
    type E = Box<dyn std::error::Error>;

    #[shape]
    fn one(&self) -> Self::Item {
        Self::Item::default()
    }

    #[shape]
    fn parse(&self, text: &str) -> Result<u32, Self::E> {
        let value: u32 = text.trim().parse()?;
        Ok(value)
    }
}
