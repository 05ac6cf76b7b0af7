//! The status of a span.

use std::borrow::Cow;
use std::fmt;

/// The status of a span.
///
/// The order is `Ok` over `Error` over `Unset`: `Ok` is final, the last error wins, and setting `Unset`
/// does nothing. Follows the OpenTelemetry trace API, "Set Status".
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Status {
    /// Nothing was said.
    #[default]
    Unset,
    /// The application says that the operation succeeded.
    Ok,
    /// The operation failed; made by [`Status::error`].
    #[non_exhaustive]
    Error {
        /// What went wrong; empty means none.
        description: Cow<'static, str>,
    },
}

impl Status {
    /// An error with a description.
    ///
    /// ```
    /// # use traced::Status;
    /// assert!(Status::error("card declined").is_error());
    /// ```
    #[must_use]
    pub fn error(description: impl Into<Cow<'static, str>>) -> Self {
        Self::Error { description: description.into() }
    }

    /// Whether this is an error.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::Error { .. })
    }
}

/// `unset`, `ok`, `error`, or `error: ` and what went wrong.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("unset"),
            Self::Ok => f.write_str("ok"),
            Self::Error { description } if description.is_empty() => f.write_str("error"),
            Self::Error { description } => write!(f, "error: {description}"),
        }
    }
}
