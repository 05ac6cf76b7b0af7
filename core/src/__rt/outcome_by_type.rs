//! How the outcome of a future is read, chosen by the type of its result alone: no closure has to be compiled for it.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::model::outcome::{Failure, probe};

/// What a result means for the outcome.
pub trait End<T> {
    /// The failure that it is, if it is one.
    fn failure<'a>(&self, value: &'a T) -> Option<Failure<'a>>;
}

/// By a closure.
pub struct By<O>(pub(crate) O);

impl<T, O: Fn(&T) -> Option<Failure<'_>>> End<T> for By<O> {
    #[inline]
    fn failure<'a>(&self, value: &'a T) -> Option<Failure<'a>> {
        (self.0)(value)
    }
}

/// Not at all.
pub struct Unread;

impl<T> End<T> for Unread {
    #[inline]
    fn failure<'a>(&self, _: &'a T) -> Option<Failure<'a>> {
        None
    }
}

/// Starts the chain for a result of type `R`: as for a value, the compiler takes the first of the types in the `Deref`
/// chain below that has a method for it.
#[inline]
#[must_use]
pub const fn ends<R>() -> ErrorEnds<R> {
    ErrorEnds(DerefsEnds(DisplayEnds(DebugEnds(ResultEnds(ValueEnds(PhantomData))))))
}

macro_rules! chain {
    ($($from:ident($to:ident): $doc:literal),*) => {$(
        #[doc = $doc]
        pub struct $from<R>($to<R>);

        impl<R> Deref for $from<R> {
            type Target = $to<R>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    )*};
}

chain!(
    ErrorEnds(DerefsEnds): "For an `Error`.",
    DerefsEnds(DisplayEnds): "For an error that points to an `Error`.",
    DisplayEnds(DebugEnds): "For an error that has `Display`.",
    DebugEnds(ResultEnds): "For an error that has `Debug`.",
    ResultEnds(ValueEnds): "For any other error."
);

/// For what is no `Result`.
pub struct ValueEnds<R>(PhantomData<fn(&R)>);

impl<R> ValueEnds<R> {
    /// Nothing is read.
    #[inline]
    #[must_use]
    pub const fn end(&self) -> Unread {
        Unread
    }
}

macro_rules! read {
    ($($from:ident -> $end:ident: $bound:path, $doc:literal);*) => {$(
        #[doc = $doc]
        pub struct $end;

        impl<T, E: $bound> $from<Result<T, E>> {
            #[doc = $doc]
            #[inline]
            #[must_use]
            pub const fn end(&self) -> $end {
                $end
            }
        }

        impl<T, E: $bound> End<Result<T, E>> for $end {
            #[inline]
            fn failure<'a>(&self, value: &'a Result<T, E>) -> Option<Failure<'a>> {
                probe(value).failure()
            }
        }
    )*};
}

/// An error that points to an `Error`.
pub trait DerefsToError: Deref<Target: Error> {}

impl<E: Deref<Target: Error>> DerefsToError for E {}

/// No bound.
pub trait Anything {}

impl<E> Anything for E {}

read!(
    ErrorEnds -> ByError: Error, "As an `Error`.";
    DerefsEnds -> ByTarget: DerefsToError, "As the `Error` that it points to.";
    DisplayEnds -> ByDisplay: fmt::Display, "By `Display`.";
    DebugEnds -> ByDebug: fmt::Debug, "By `Debug`.";
    ResultEnds -> ByType: Anything, "As an error of its type."
);
