//! The message of an error, by the best of the traits that it has.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use crate::model::outcome::SourceChain;

/// Starts the chain: the compiler takes the first `write` for which the error has the trait.
#[inline]
pub const fn said<E: ?Sized>(error: &E) -> SaidByError<'_, E> {
    SaidByError(SaidByDisplay(SaidByDebug(Unsaid(error))))
}

/// For an `Error`.
pub struct SaidByError<'a, E: ?Sized>(SaidByDisplay<'a, E>);
/// For what has `Display`.
pub struct SaidByDisplay<'a, E: ?Sized>(SaidByDebug<'a, E>);
/// For what has `Debug`.
pub struct SaidByDebug<'a, E: ?Sized>(Unsaid<'a, E>);
/// For anything else.
pub struct Unsaid<'a, E: ?Sized>(&'a E);

macro_rules! chain {
    ($($from:ident => $to:ident),*) => {$(
        impl<'a, E: ?Sized> Deref for $from<'a, E> {
            type Target = $to<'a, E>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    )*};
}

chain!(SaidByError => SaidByDisplay, SaidByDisplay => SaidByDebug, SaidByDebug => Unsaid);

impl<E: Error + ?Sized> SaidByError<'_, E> {
    /// Writes the message, and those of its sources.
    ///
    /// # Errors
    ///
    /// When the formatter fails.
    pub fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&SourceChain(self.0.0.0.0), f)
    }
}

impl<E: fmt::Display + ?Sized> SaidByDisplay<'_, E> {
    /// Writes the message.
    ///
    /// # Errors
    ///
    /// When the formatter fails.
    pub fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.0.0.fmt(f)
    }
}

impl<E: fmt::Debug + ?Sized> SaidByDebug<'_, E> {
    /// Writes the message.
    ///
    /// # Errors
    ///
    /// When the formatter fails.
    pub fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.0.fmt(f)
    }
}

impl<E: ?Sized> Unsaid<'_, E> {
    /// Writes nothing.
    ///
    /// # Errors
    ///
    /// Never.
    pub const fn write(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = self.0;
        Ok(())
    }
}
