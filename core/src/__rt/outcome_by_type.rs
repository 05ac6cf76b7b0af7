//! How the outcome of a future is read, chosen by the type of its result alone: no closure has to be compiled for it.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::failure::end;
use crate::local::pending::Polled;
use crate::model::outcome::{self, EndsByOutcome as _, Failure};
use crate::model::span_error::SpanError;

/// What a result means for the outcome.
pub trait End<T> {
    /// Ends the span, in which it still is, by what was returned.
    fn end(&self, polled: Polled<'_>, value: &T);
}

/// By a closure.
pub struct By<O>(pub(crate) O);

impl<T, O: Fn(&T) -> Option<Failure<'_>>> End<T> for By<O> {
    #[inline]
    fn end(&self, polled: Polled<'_>, value: &T) {
        end(polled, (self.0)(value));
    }
}

/// Not at all.
pub struct Unread;

impl<T> End<T> for Unread {
    #[inline]
    fn end(&self, polled: Polled<'_>, _: &T) {
        polled.succeed();
    }
}

/// Starts the chain for a result of type `R`: as for a value, the compiler takes the first of the types in the `Deref`
/// chain below that has a method for it.
#[inline]
#[must_use]
pub const fn ends<R>() -> MeantEnds<R> {
    MeantEnds(ErrorEnds(DerefsEnds(DisplayEnds(DebugEnds(ResultEnds(ValueEnds(PhantomData)))))))
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
    MeantEnds(ErrorEnds): "For an error that says what it means.",
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
    ($($from:ident -> $end:ident by $fail:ident: $bound:path, $doc:literal);*) => {$(
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
            fn end(&self, polled: Polled<'_>, value: &Result<T, E>) {
                match value {
                    Ok(_) => polled.succeed(),
                    Err(error) => outcome::$fail(polled, error),
                }
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
    MeantEnds -> ByMeaning by fail_by_meaning: SpanError, "As it says itself.";
    ErrorEnds -> ByError by fail_by_error: Error, "As an `Error`.";
    DerefsEnds -> ByTarget by fail_by_target: DerefsToError, "As the `Error` that it points to.";
    DisplayEnds -> ByDisplay by fail_by_display: fmt::Display, "By `Display`.";
    DebugEnds -> ByDebug by fail_by_debug: fmt::Debug, "By `Debug`.";
    ResultEnds -> ByType by fail_by_type: Anything, "As an error of its type."
);
