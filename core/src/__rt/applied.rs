//! What `err(..)` on an `impl` block, a trait or a module says, where it fits the error of a function inside.

use std::fmt::{Debug, Display};
use std::ops::Deref;

use super::failure::{debug_failure, display_failure, failure_when, failure_with};
use crate::model::outcome::Failure;

/// An error, and what the enclosing item says to do with it.
///
/// Expansions call the methods of this type on any error. Where `F` does not take the error, or the error lacks the
/// trait, the compiler finds the methods of [`Unfit`], which do as if nothing was said.
pub struct Applied<'a, E, F>(Unfit<'a, E, F>);

/// Where what was said does not fit.
pub struct Unfit<'a, E, F> {
    error: Option<&'a E>,
    said: F,
}

/// Says `said` of an error.
#[inline]
pub const fn applied<E, F>(error: Option<&E>, said: F) -> Applied<'_, E, F> {
    Applied(Unfit { error, said })
}

impl<'a, E, F> Deref for Applied<'a, E, F> {
    type Target = Unfit<'a, E, F>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, E, M: Display, F: Fn(&'a E) -> M> Applied<'a, E, F> {
    /// The error as `said` describes it.
    #[inline]
    pub fn with(&self, _otherwise: impl FnOnce() -> Option<Failure<'a>>) -> Option<Failure<'a>> {
        failure_with(self.error, &self.said)
    }
}

impl<'a, E, F: Fn(&'a E) -> bool> Applied<'a, E, F> {
    /// The failure, unless `said` says that the error is none.
    #[inline]
    pub fn when(&self, failure: Option<Failure<'a>>) -> Option<Failure<'a>> {
        failure_when(self.error, &self.said, failure)
    }
}

impl<'a, E: Debug, F> Applied<'a, E, F> {
    /// The error, described by `Debug`.
    #[inline]
    pub fn by_debug(&self, _otherwise: impl FnOnce() -> Option<Failure<'a>>) -> Option<Failure<'a>> {
        debug_failure(self.error)
    }
}

impl<'a, E: Display, F> Applied<'a, E, F> {
    /// The error, described by `Display`.
    #[inline]
    pub fn by_display(&self, _otherwise: impl FnOnce() -> Option<Failure<'a>>) -> Option<Failure<'a>> {
        display_failure(self.error)
    }
}

impl<'a, E, F> Unfit<'a, E, F> {
    /// The error as it describes itself.
    #[inline]
    pub fn with(&self, otherwise: impl FnOnce() -> Option<Failure<'a>>) -> Option<Failure<'a>> {
        otherwise()
    }

    /// The failure.
    #[inline]
    pub const fn when(&self, failure: Option<Failure<'a>>) -> Option<Failure<'a>> {
        failure
    }

    /// The error as it describes itself.
    #[inline]
    pub fn by_debug(&self, otherwise: impl FnOnce() -> Option<Failure<'a>>) -> Option<Failure<'a>> {
        otherwise()
    }

    /// The error as it describes itself.
    #[inline]
    pub fn by_display(&self, otherwise: impl FnOnce() -> Option<Failure<'a>>) -> Option<Failure<'a>> {
        otherwise()
    }
}
