//! What an error means for the span that it leaves.

use std::borrow::Cow;
use std::fmt;

use super::span_kind::SpanKind;
use super::value::KeyValue;

/// The meaning of an error for the span of the function that returns it: whether the span has failed, and what is recorded.
///
/// `#[traced]` asks this first, and every other trait of the error after it; nothing has to be said at the functions.
/// Derive it to say it for each variant, or implement it.
///
/// ```
/// use traced::{SpanError, SpanKind, testing, traced};
///
/// #[derive(Debug, SpanError)]
/// enum ShopError {
///     #[span_error(status = 404)]
///     NoSuchOrder,
///     #[span_error(type = "declined", attrs(decline.code = *code))]
///     Declined { code: u32 },
///     #[span_error(ok)]
///     NothingToDo,
/// }
///
/// #[traced(kind = server)]
/// fn handle(code: u32) -> Result<(), ShopError> {
///     match code {
///         0 => Err(ShopError::NoSuchOrder),
///         1 => Err(ShopError::NothingToDo),
///         code => Err(ShopError::Declined { code }),
///     }
/// }
///
/// let spans = testing::capture(|| [0, 1, 7].map(|code| handle(code).is_err()));
/// let failed: Vec<_> = spans.iter().map(|span| span.status().is_error()).collect();
/// assert_eq!(failed, [false, false, true], "404 is no failure of a server");
/// assert_eq!(spans[0].attribute("http.response.status_code").unwrap(), 404);
/// assert_eq!(spans[2].attribute("error.type").unwrap(), "declined");
/// assert_eq!(spans[2].attribute("decline.code").unwrap(), 7);
/// ```
///
/// It is implemented for [`std::io::Error`], whose `WouldBlock` and `Interrupted` are no failures and whose kind is the
/// `error.type`, and with the feature `http` for `http::StatusCode`, by the semantic conventions.
pub trait SpanError {
    /// Writes the message: the description of the status, and `exception.message`. `write!(f, "{self}")` for a type that
    /// has `Display`.
    ///
    /// # Errors
    ///
    /// When the formatter fails.
    fn message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Whether a span of this kind has failed with this error. Where it has not, the status stays unset and no exception
    /// is recorded; [`attributes`](Self::attributes) are.
    fn is_failure(&self, kind: SpanKind) -> bool {
        let _ = kind;
        true
    }

    /// The `error.type`, of few different values; the type's name by default.
    fn error_type(&self) -> Cow<'_, str> {
        Cow::Borrowed(std::any::type_name::<Self>())
    }

    /// Attributes that the span gets, whether it is a failure or not.
    fn attributes(&self) -> Vec<KeyValue> {
        Vec::new()
    }
}

/// Whether a span has failed with this status code of HTTP: from 400 on, and for a server from 500 on.
#[must_use]
pub fn is_http_failure(status: u16, kind: SpanKind) -> bool {
    status >= if kind == SpanKind::Server { 500 } else { 400 }
}
