//! How an operation ended.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::span_error::SpanError;
use super::variant::Variant;

/// How the body of a span ended, as the caller saw it.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// The function returned, and not an error.
    Success,
    /// The function returned an error.
    Error(&'a Failure<'a>),
}

/// The event that an error leaves besides the span's status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExceptionEvent {
    /// Nothing.
    None,
    /// An `exception` event.
    Plain,
    /// An `exception` event with the stack of where the function returned: some 20 µs, and 170 ms the first time.
    WithStackTrace,
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
        let mut said = text_of(self.0);
        f.write_str(&said)?;
        for _ in 0..MOST_SOURCES {
            let Some(error) = source else { break };
            let message = text_of(error);
            if !said.contains(&message) {
                write!(f, ": {message}")?;
            }
            said = message;
            source = error.source();
        }
        Ok(())
    }
}

/// The text that `Display` writes, up to where it fails: `to_string` would panic there.
fn text_of(value: &(impl fmt::Display + ?Sized)) -> String {
    let mut text = String::new();
    let _failed = write!(text, "{value}");
    text
}

/// What `Display` writes of something that is recorded, up to where it fails or panics.
pub fn written(value: &(impl fmt::Display + ?Sized)) -> String {
    let mut text = String::new();
    if catch_unwind(AssertUnwindSafe(|| write!(text, "{value}"))).is_err() {
        text.push_str("(its Display panicked)");
    }
    text
}

/// The text of an error that ends a span. Its `Display` is not what the function was called for: if that panics, the
/// function still returns its error, and the span still ends.
pub(crate) fn message_of(error: &(impl fmt::Display + ?Sized)) -> String {
    catch_unwind(AssertUnwindSafe(|| text_of(error))).unwrap_or_else(|_| "(the error's Display panicked)".to_owned())
}

/// An error as an expansion saw it, to end a span with.
#[derive(Clone)]
pub struct Failure<'a> {
    error_type: &'static str,
    message: Message<'a>,
    event: ExceptionEvent,
}

/// What is known of an error's message, by the best of the traits that its type has.
#[derive(Clone)]
enum Message<'a> {
    None,
    Error(&'a (dyn Error + 'a)),
    Pointer(&'a (dyn PointsToError + 'a)),
    Display(&'a dyn fmt::Display),
    Debug(&'a dyn fmt::Debug),
    Meaning(&'a (dyn SpanError + 'a)),
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
            Self::Meaning(error) => error.message(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A pointer to an error, such as `Box<dyn Error>`.
trait PointsToError {
    fn fmt_chain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The variant or type that the error's `Debug` begins with.
    fn variant(&self) -> Option<Variant>;
}

impl<P: std::ops::Deref<Target: Error>> PointsToError for P {
    fn fmt_chain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&SourceChain(&**self), f)
    }

    fn variant(&self) -> Option<Variant> {
        // The error itself, not the pointer: those of `anyhow` and `eyre` write a report.
        Variant::of(&**self)
    }
}

impl<'a> Failure<'a> {
    fn new<E: ?Sized>(message: Message<'a>) -> Self {
        Self { error_type: std::any::type_name::<E>(), message, event: ExceptionEvent::Plain }
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
        Self { event: ExceptionEvent::None, ..self }
    }

    /// The same with the stack.
    pub(crate) fn with_backtrace(self) -> Self {
        Self { event: ExceptionEvent::WithStackTrace, ..self }
    }

    /// An error that may be behind a pointer of its own.
    pub(crate) fn by_error<E: Error>(error: &'a E, error_type: &'static str) -> Self {
        Self { error_type, ..Self::new::<E>(Message::Error(error)) }
    }

    /// An error that says itself what it means.
    pub(crate) fn by_meaning<E: SpanError>(error: &'a E) -> Self {
        Self::new::<E>(Message::Meaning(error))
    }

    /// An error that points to an `Error`.
    pub(crate) fn by_target<E: std::ops::Deref<Target: Error>>(error: &'a E) -> Self {
        Self::new::<E>(Message::Pointer(error))
    }

    /// An error of which only the type is known.
    pub(crate) fn by_type<E>(_: &'a E) -> Self {
        Self::new::<E>(Message::None)
    }

    /// What is known of the error, for code that ends spans.
    pub(crate) fn outcome(&self) -> Outcome<'_> {
        Outcome::Error(self)
    }

    /// What it leaves besides the span's status.
    pub(crate) fn event(&self) -> ExceptionEvent {
        self.event
    }

    /// The error, if it says itself what it means.
    pub(crate) fn meaning(&self) -> Option<&'a (dyn SpanError + 'a)> {
        match self.message {
            Message::Meaning(error) => Some(error),
            _ => None,
        }
    }

    /// The name of its type.
    pub(crate) fn type_name(&self) -> &'static str {
        self.error_type
    }

    /// Whether all that is known of its type is its name and what `Debug` writes.
    pub(crate) fn is_of_its_type(&self) -> bool {
        matches!(self.message, Message::Error(_) | Message::Debug(_))
    }

    /// Writes the message. May run code of the user.
    pub(crate) fn write_message(&self, text: &mut String) -> fmt::Result {
        write!(text, "{}", self.message)
    }

    /// The `error.type`: what the error says of itself; else its type, with the variant of an enum. Code of the user
    /// runs, and may panic.
    pub(crate) fn error_type(&self) -> Cow<'_, str> {
        let variant = match &self.message {
            Message::Meaning(error) => return error.error_type(),
            Message::Error(error) => Variant::of(error),
            Message::Debug(error) => Variant::of(error),
            Message::Pointer(pointer) => {
                let variant = pointer.variant();
                return variant.map_or(Cow::Borrowed(self.error_type), |variant| variant.as_str().to_owned().into());
            }
            Message::None | Message::Display(_) | Message::Text(_) => None,
        };
        match &variant {
            Some(variant) if !variant.is_type(self.error_type) => {
                format!("{}::{}", self.error_type, variant.as_str()).into()
            }
            _ => Cow::Borrowed(self.error_type),
        }
    }
}

/// A span that is open, and ends by what its body returned.
pub trait EndsByOutcome {
    /// It returned no error.
    fn succeed(self);

    /// The function returned an error.
    fn fail(self, failure: &Failure<'_>);
}

// One function for each type of error, not for each function that returns one.
macro_rules! fail {
    ($($name:ident($($bound:tt)*) => |$error:ident| $message:expr;)*) => {$(
        #[cold]
        #[inline(never)]
        pub(crate) fn $name<E: $($bound)*>(span: impl EndsByOutcome, $error: &E) {
            span.fail(&Failure::new::<E>($message));
        }
    )*};
}

fail! {
    fail_by_meaning(SpanError) => |error| Message::Meaning(error);
    fail_by_error(Error) => |error| Message::Error(error);
    fail_by_target(std::ops::Deref<Target: Error>) => |error| Message::Pointer(error);
    fail_by_display(fmt::Display) => |error| Message::Display(error);
    fail_by_debug(fmt::Debug) => |error| Message::Debug(error);
    fail_by_type(Sized) => |_error| Message::None;
}
