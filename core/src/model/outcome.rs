//! How an operation ended.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// How many sources of an error are looked at: an error may be its own source.
const MOST_SOURCES: usize = 64;

/// An error's message, then those of its sources, unless the one before says them already.
pub struct SourceChain<'a, E: ?Sized>(pub &'a E);

impl<E: Error + ?Sized> fmt::Display for SourceChain<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut source = self.0.source();
        if source.is_none() {
            return fmt::Display::fmt(self.0, f);
        }
        let mut said = written(self.0);
        f.write_str(&said)?;
        for _ in 0..MOST_SOURCES {
            let Some(error) = source else { break };
            let message = written(error);
            if !said.contains(&message) {
                write!(f, ": {message}")?;
            }
            said = message;
            source = error.source();
        }
        Ok(())
    }
}

/// What `Display` writes, up to where it fails: `to_string` would panic there.
pub fn written(value: &(impl fmt::Display + ?Sized)) -> String {
    let mut text = String::new();
    let _failed = write!(text, "{value}");
    text
}

/// The text of an error that ends a span. Its `Display` is not what the function was called for: if that panics, the
/// function still returns its error, and the span still ends.
pub(crate) fn message_of(error: &(impl fmt::Display + ?Sized)) -> String {
    let text = catch_unwind(AssertUnwindSafe(|| written(error)));
    text.unwrap_or_else(|_| "(the error's Display panicked)".to_owned())
}

/// An error as an expansion saw it, to end a span with.
#[derive(Clone)]
pub struct Failure<'a> {
    error_type: &'static str,
    message: Message<'a>,
    event: bool,
}

/// What is known of an error's message, by the best of the traits that its type has.
#[derive(Clone)]
enum Message<'a> {
    None,
    Error(&'a (dyn Error + 'a)),
    Pointer(&'a (dyn PointsToError + 'a)),
    Display(&'a dyn fmt::Display),
    Debug(&'a dyn fmt::Debug),
    Text(String),
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Error(error) => SourceChain(*error).fmt(f),
            Self::Pointer(pointer) => pointer.fmt_chain(f),
            Self::Display(error) => error.fmt(f),
            Self::Debug(error) => error.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A pointer to an error, such as `Box<dyn Error>`.
trait PointsToError {
    fn fmt_chain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<P: std::ops::Deref<Target: Error>> PointsToError for P {
    fn fmt_chain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&SourceChain(&**self), f)
    }
}

impl<'a> Failure<'a> {
    fn new<E: ?Sized>(message: Message<'a>) -> Self {
        Self { error_type: std::any::type_name::<E>(), message, event: true }
    }

    /// The same, described by other text.
    pub(crate) fn with_text<E: ?Sized>(text: String) -> Self {
        Self::new::<E>(Message::Text(text))
    }

    /// An error of type `E`, described by `Debug`.
    pub(crate) fn by_debug<E: fmt::Debug>(error: &'a E) -> Self {
        Self::new::<E>(Message::Debug(error))
    }

    /// An error of type `E`, described by `Display`.
    pub(crate) fn by_display<E: fmt::Display>(error: &'a E) -> Self {
        Self::new::<E>(Message::Display(error))
    }

    /// The same without an `exception` event.
    pub(crate) fn without_event(self) -> Self {
        Self { event: false, ..self }
    }

    /// What is known of the error, for code that ends spans.
    pub(crate) fn outcome(&self) -> Outcome<'_> {
        let message: Option<&dyn fmt::Display> = match &self.message {
            Message::None => None,
            message => Some(message),
        };
        Outcome::Error { error_type: self.error_type, message, event: self.event }
    }
}

/// Finds out what a returned value says about the outcome.
///
/// Expansions call `failure` on this type, on any value. Which method that is follows from the traits that the error
/// type has, without a bound on it: the compiler takes the first of the types in the `Deref` chain below that has a
/// method for the value at hand.
pub struct Probe<'a, R>(DerefsProbe<'a, R>);

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
    Probe => DerefsProbe, DerefsProbe => DisplayProbe, DisplayProbe => DebugProbe, DebugProbe => ResultProbe,
    ResultProbe => ValueProbe
);

/// Starts the chain.
#[inline]
#[must_use]
pub const fn probe<R>(value: &R) -> Probe<'_, R> {
    Probe(DerefsProbe(DisplayProbe(DebugProbe(ResultProbe(ValueProbe(value))))))
}

impl<'a, T, E: Error> Probe<'a, Result<T, E>> {
    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        let error = self.0.0.0.0.0.0.as_ref().err()?;
        Some(Failure::new::<E>(Message::Error(error)))
    }
}

impl<'a, T, E: std::ops::Deref<Target: Error>> DerefsProbe<'a, Result<T, E>> {
    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        let error = self.0.0.0.0.0.as_ref().err()?;
        Some(Failure::new::<E>(Message::Pointer(error)))
    }
}

impl<'a, T, E: fmt::Display> DisplayProbe<'a, Result<T, E>> {
    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.0.0.as_ref().err().map(Failure::by_display)
    }
}

impl<'a, T, E: fmt::Debug> DebugProbe<'a, Result<T, E>> {
    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.0.as_ref().err().map(Failure::by_debug)
    }
}

impl<'a, T, E> ResultProbe<'a, Result<T, E>> {
    /// The error, if there is one.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'a>> {
        self.0.0.as_ref().err().map(|_| Failure::new::<E>(Message::None))
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
