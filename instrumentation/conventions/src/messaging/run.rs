//! Futures in a span of their operation.

use std::borrow::Cow;

use traced::instrumentation::{Outcome, OwnedSpan};

/// Runs a future in the span; an error is recorded by the name of its type.
///
/// # Errors
///
/// Those of the future.
pub async fn run<F, T, E>(span: OwnedSpan, future: F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    run_with(span, future, |_| std::any::type_name::<E>().into()).await
}

/// Runs a future in the span; an error is recorded by a word for it, of which there are few: never its text.
///
/// # Errors
///
/// Those of the future.
pub async fn run_with<F, T, E>(
    span: OwnedSpan,
    future: F,
    error_type: impl FnOnce(&E) -> Cow<'static, str>,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let end = |span: OwnedSpan, result: &Result<T, E>| match result {
        Ok(_) => span.end(Outcome::Success),
        Err(error) => span.end(Outcome::error(&error_type(error))),
    };
    span.run(future, end).await
}
