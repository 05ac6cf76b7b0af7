//! Row 1: borrowed results of methods, elided, named and doubled lifetimes.

/// Holds text.
pub struct Store {
    /// The text.
    pub text: String,
    /// How often it was read.
    pub reads: Vec<u32>,
}

#[shape_impl]
impl Store {
    /// Elided, async: the result borrows from `self`.
    #[shape]
    pub async fn find(&self, key: &str) -> &str {
        if self.text.starts_with(key) { &self.text } else { "" }
    }

    /// Two named lifetimes.
    #[shape]
    pub async fn either<'a, 'b>(&'a self, other: &'b str) -> (&'a str, &'b str) {
        (&self.text, other)
    }

    /// A mutable borrow that lives on.
    #[shape]
    pub fn last_mut<'a>(&'a mut self, step: &u32) -> &'a mut u32 {
        self.reads.push(*step);
        let last = self.reads.len() - 1;
        &mut self.reads[last]
    }

    /// The same, async.
    #[shape]
    pub async fn first_mut<'a>(&'a mut self) -> &'a mut u32 {
        self.reads.push(0);
        &mut self.reads[0]
    }
}

/// A bound between lifetimes.
#[shape]
pub fn longest<'long: 'short, 'short>(first: &'long str, second: &'short str) -> &'short str {
    if first.len() > second.len() { first } else { second }
}

/// A `where` clause and a generic behind a reference.
#[shape]
pub async fn pick<'a, T>(values: &'a [T], index: usize) -> Option<&'a T>
where
    T: Send + Sync + 'a,
{
    values.get(index)
}
