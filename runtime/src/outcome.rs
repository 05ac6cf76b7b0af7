//! How an operation ended.

use std::error::Error;
use std::fmt;

/// How the body of a span ended, as the caller saw it.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// It returned, and not an error.
    Success,
    /// It returned an error.
    Error {
        /// The `error.type`: of low cardinality, usually the error's type name.
        error_type: &'static str,
        /// The message, with those of the error's sources; `None` when the error has none.
        message: Option<&'a dyn fmt::Display>,
        /// Whether to record an `exception` event besides the status.
        event: bool,
    },
}

/// An error's message, then those of its sources, unless the one before says them already.
pub(crate) struct SourceChain<'a, E: ?Sized>(pub(crate) &'a E);

impl<E: Error + ?Sized> fmt::Display for SourceChain<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let message = error.to_string();
            if !said.contains(&message) {
                write!(f, ": {message}")?;
            }
            said = message;
            source = error.source();
        }
        Ok(())
    }
}
