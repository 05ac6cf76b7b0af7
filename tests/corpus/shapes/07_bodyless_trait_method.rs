//! Row 7: a trait method without a body can't be spanned.
//@ error: body

/// A trait.
pub trait Waiter {
    /// Declared only.
    #[shape]
    fn wait(&self) -> u32;
}

/// Uses it, so that a swallowed item would show.
pub fn twice(waiter: &dyn Waiter) -> u32 {
    waiter.wait() * 2
}
