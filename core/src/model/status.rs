//! The status of a span.

use std::borrow::Cow;

/// The status of a span.
///
/// The order is `Ok` over `Error` over `Unset`: `Ok` is final, the last error wins, and setting `Unset`
/// does nothing. Follows the OpenTelemetry trace API, "Set Status".
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum Status {
    /// Nothing was said.
    #[default]
    Unset,
    /// The application says that the operation succeeded.
    Ok,
    /// The operation failed.
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
