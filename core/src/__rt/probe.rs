//! How the outcome of a function is read from what it returned, by the best of the traits that the error's type has.

use std::error::Error;
use std::fmt;

use crate::model::outcome::{
    EndsByOutcome, Failure, fail_by_debug, fail_by_display, fail_by_error, fail_by_meaning, fail_by_target,
    fail_by_type,
};
use crate::model::span_error::SpanError;

/// Finds out what a returned value says about the outcome.
///
/// Expansions call `failure` on this type, on any value. Which method that is follows from the traits that the error
/// type has, without a bound on it: the compiler takes the first of the types in the `Deref` chain below that has a
/// method for the value at hand.
pub struct Probe<'a, R>(ErrorProbe<'a, R>);

macro_rules! chain {
    ($($from:ident => $to:ident),*) => {$(
        impl<'a, R> std::ops::Deref for $from<'a, R> {
            type Target = $to<'a, R>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    )*};
}

/// For an `Error`.
pub struct ErrorProbe<'a, R>(DerefsProbe<'a, R>);
/// For an error that points to an `Error`, such as `Box<dyn Error>` and `anyhow::Error`.
pub struct DerefsProbe<'a, R>(DisplayProbe<'a, R>);
/// For an error that has `Display`.
pub struct DisplayProbe<'a, R>(DebugProbe<'a, R>);
/// For an error that has `Debug`.
pub struct DebugProbe<'a, R>(ResultProbe<'a, R>);
/// For any other error.
pub struct ResultProbe<'a, R>(ValueProbe<'a, R>);
/// For what is no `Result`.
pub struct ValueProbe<'a, R>(&'a R);

chain!(
    Probe => ErrorProbe, ErrorProbe => DerefsProbe, DerefsProbe => DisplayProbe, DisplayProbe => DebugProbe, DebugProbe => ResultProbe,
    ResultProbe => ValueProbe
);

/// Starts the chain.
#[inline]
#[must_use]
pub const fn probe<R>(value: &R) -> Probe<'_, R> {
    Probe(ErrorProbe(DerefsProbe(DisplayProbe(DebugProbe(ResultProbe(ValueProbe(value)))))))
}

impl<'a, T, E: SpanError> Probe<'a, Result<T, E>> {
    /// Ends the span of the function that returned it.
    #[inline]
    pub fn end(&self, span: impl EndsByOutcome) {
        match self.0.0.0.0.0.0.0 {
            Ok(_) => span.succeed(),
            Err(error) => fail_by_meaning(span, error),
        }
    }

    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.0.0.0.0.0.as_ref().err().map(Failure::by_meaning)
    }
}

impl<'a, T, E: Error> ErrorProbe<'a, Result<T, E>> {
    /// Ends the span of the function that returned it.
    #[inline]
    pub fn end(&self, span: impl EndsByOutcome) {
        match self.0.0.0.0.0.0 {
            Ok(_) => span.succeed(),
            Err(error) => fail_by_error(span, error),
        }
    }

    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.0.0.0.0.as_ref().err().map(|error| Failure::by_error(error, std::any::type_name::<E>()))
    }
}

impl<'a, T, E: std::ops::Deref<Target: Error>> DerefsProbe<'a, Result<T, E>> {
    /// Ends the span of the function that returned it.
    #[inline]
    pub fn end(&self, span: impl EndsByOutcome) {
        match self.0.0.0.0.0 {
            Ok(_) => span.succeed(),
            Err(error) => fail_by_target(span, error),
        }
    }

    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.0.0.0.as_ref().err().map(Failure::by_target)
    }
}

impl<'a, T, E: fmt::Display> DisplayProbe<'a, Result<T, E>> {
    /// Ends the span of the function that returned it.
    #[inline]
    pub fn end(&self, span: impl EndsByOutcome) {
        match self.0.0.0.0 {
            Ok(_) => span.succeed(),
            Err(error) => fail_by_display(span, error),
        }
    }

    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.0.0.as_ref().err().map(Failure::by_display)
    }
}

impl<'a, T, E: fmt::Debug> DebugProbe<'a, Result<T, E>> {
    /// Ends the span of the function that returned it.
    #[inline]
    pub fn end(&self, span: impl EndsByOutcome) {
        match self.0.0.0 {
            Ok(_) => span.succeed(),
            Err(error) => fail_by_debug(span, error),
        }
    }

    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.0.as_ref().err().map(Failure::by_debug)
    }
}

impl<'a, T, E> ResultProbe<'a, Result<T, E>> {
    /// Ends the span of the function that returned it.
    #[inline]
    pub fn end(&self, span: impl EndsByOutcome) {
        match self.0.0 {
            Ok(_) => span.succeed(),
            Err(error) => fail_by_type(span, error),
        }
    }

    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.as_ref().err().map(Failure::by_type)
    }

    /// The error itself, if there is one.
    #[inline]
    #[must_use]
    pub fn error(&self) -> Option<&'a E> {
        self.0.0.as_ref().err()
    }

    /// What was returned, unless it is an error.
    #[inline]
    #[must_use]
    pub fn success(&self) -> Option<&'a T> {
        self.0.0.as_ref().ok()
    }
}

impl<'a, R> ValueProbe<'a, R> {
    /// Ends the span of the function that returned it.
    #[inline]
    pub fn end(&self, span: impl EndsByOutcome) {
        span.succeed();
    }

    /// Not an error.
    #[inline]
    #[must_use]
    pub const fn failure(&self) -> Option<Failure<'a>> {
        None
    }

    /// No error.
    #[inline]
    #[must_use]
    pub const fn error(&self) -> Option<&'a std::convert::Infallible> {
        None
    }

    /// What was returned.
    #[inline]
    #[must_use]
    pub const fn success(&self) -> Option<&'a R> {
        Some(self.0)
    }
}
