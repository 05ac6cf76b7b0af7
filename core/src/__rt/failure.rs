//! What a failure does to a span.

use crate::local::current::{self, has_outcome, is_recording};
use crate::local::storage::quietly;
use crate::model::outcome::{EndsByOutcome, Failure, message_of};

/// No outcome, or a good one.
pub const NO_FAILURE: Option<Failure<'static>> = None;

/// Ends a span with what its body returned.
#[inline]
pub fn end(span: impl EndsByOutcome, failure: Option<Failure<'_>>) {
    match failure {
        None => span.succeed(),
        Some(failure) => end_with_failure(span, &failure),
    }
}

#[cold]
#[inline(never)]
fn end_with_failure(span: impl EndsByOutcome, failure: &Failure<'_>) {
    span.fail(failure);
}

/// Records a failure in the current span, which goes on.
#[inline]
pub fn fail(failure: Option<Failure<'_>>) {
    if let Some(failure) = failure {
        record_failure(&failure);
    }
}

#[cold]
#[inline(never)]
fn record_failure(failure: &Failure<'_>) {
    current::record_failure(failure);
}

/// An error, described by `Debug`.
#[inline]
pub fn debug_failure<E: std::fmt::Debug>(error: Option<&E>) -> Option<Failure<'_>> {
    error.map(Failure::by_debug)
}

/// An error, described by `Display`.
#[inline]
pub fn display_failure<E: std::fmt::Display>(error: Option<&E>) -> Option<Failure<'_>> {
    error.map(Failure::by_display)
}

/// An error, described by what `describe` makes of it.
#[inline]
pub fn failure_with<'a, E, M: std::fmt::Display>(
    error: Option<&'a E>,
    describe: impl FnOnce(&'a E) -> M,
) -> Option<Failure<'a>> {
    let error = error.filter(|_| has_outcome())?;
    let described = describe(error);
    let text = quietly(|| message_of(&described));
    Some(Failure::with_text::<E>(text))
}

/// A failure, unless `counts` says that the error is none.
#[inline]
pub fn failure_when<'a, E>(
    error: Option<&'a E>,
    counts: impl FnOnce(&'a E) -> bool,
    failure: Option<Failure<'a>>,
) -> Option<Failure<'a>> {
    let error = error.filter(|_| has_outcome())?;
    failure.filter(|_| counts(error))
}

/// A failure that leaves no event.
#[inline]
#[must_use]
pub fn without_event(failure: Option<Failure<'_>>) -> Option<Failure<'_>> {
    failure.map(Failure::without_event)
}

/// A failure whose event has the stack.
#[inline]
#[must_use]
pub fn with_backtrace(failure: Option<Failure<'_>>) -> Option<Failure<'_>> {
    failure.map(Failure::with_backtrace)
}

/// Records a part of what was returned.
#[inline]
pub fn watch<T>(returned: Option<&T>, record: impl FnOnce(&T)) {
    if let Some(value) = returned.filter(|_| is_recording()) {
        record(value);
    }
}
