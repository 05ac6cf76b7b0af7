//! Why switching on, or flushing, did not succeed.

use std::fmt;
use std::sync::Arc;

use crate::pipeline::queue::FlushFailure;

/// Why recording could not be switched on.
#[derive(Clone)]
pub struct InitError {
    kind: InitErrorKind,
    message: String,
    source: Option<Arc<std::io::Error>>,
}

/// The reason that kept recording from being switched on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum InitErrorKind {
    /// Recording is on already.
    AlreadyOn,
    /// Code and environment say something that cannot work.
    Configuration,
    /// A thread could not be started; the source says why.
    Thread,
    /// A forked process could not be made one of its own.
    Fork,
}

impl InitError {
    pub(super) fn configuration(message: String) -> Self {
        Self { kind: InitErrorKind::Configuration, message, source: None }
    }

    pub(super) fn thread(error: std::io::Error) -> Self {
        let message = format!("the exporter's thread could not be started: {error}");
        Self { kind: InitErrorKind::Thread, message, source: Some(Arc::new(error)) }
    }

    pub(super) fn fork() -> Self {
        let message = "the process was forked while a function was entered for the first time".to_owned();
        Self { kind: InitErrorKind::Fork, message, source: None }
    }

    pub(super) fn twice() -> Self {
        let message = "recording is on already: call `init` once, in `main`, and hold its guard until the end";
        Self { kind: InitErrorKind::AlreadyOn, message: message.to_owned(), source: None }
    }

    /// The reason that kept recording from being switched on.
    ///
    /// ```
    /// let _first = traced::builder().exporter(traced::MemoryExporter::default()).init()?;
    /// let second = traced::init().unwrap_err();
    /// assert_eq!(second.kind(), traced::InitErrorKind::AlreadyOn);
    /// # Ok::<(), traced::InitError>(())
    /// ```
    #[must_use]
    pub const fn kind(&self) -> InitErrorKind {
        self.kind
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "traced::init: {}", self.message)
    }
}

/// As [`Display`](fmt::Display), since a `main` that returns the error prints this.
impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|error| error as _)
    }
}

/// Why not every span was exported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlushError(pub(super) FlushFailure);

impl FlushError {
    /// Whether the time was over first.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0 == FlushFailure::TimedOut
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            FlushFailure::TimedOut => "not every span was exported in time; traced::stats() says how many are left",
            FlushFailure::Failed => "spans were lost since the last flush; traced::stats() says how many, and why",
        })
    }
}

impl std::error::Error for FlushError {}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::{InitError, InitErrorKind};

    #[test]
    fn each_error_of_init_has_its_kind_and_what_another_error_caused_has_that_one() {
        let cause = io::Error::from(io::ErrorKind::WouldBlock);
        let thread = InitError::thread(cause);
        let source = thread.source().and_then(|source| source.downcast_ref::<io::Error>()).unwrap();
        assert_eq!((thread.kind(), source.kind()), (InitErrorKind::Thread, io::ErrorKind::WouldBlock));
        let fork = InitError::fork();
        assert_eq!((fork.kind(), fork.source().is_none()), (InitErrorKind::Fork, true));
    }
}
