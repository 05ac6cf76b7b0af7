//! How any value becomes an attribute, by the best of the traits that its type has.
//!
//! The compiler takes the first type of the `Deref` chain below that has a `get` for the value at hand: an attribute
//! value stays typed, else it is text by `Display`, else by `Debug`, else the name of its type.

use std::fmt;
use std::ops::Deref;

use crate::local::storage::quietly;
use crate::wire::value::{AttributeValue, ValueWriter};

/// Starts the chain.
#[inline]
pub const fn value<T: ?Sized>(value: &T) -> Typed<'_, T> {
    Typed(Displayed(Debugged(Opaque(value))))
}

/// For attribute values.
pub struct Typed<'a, T: ?Sized>(Displayed<'a, T>);
/// For what has `Display`.
pub struct Displayed<'a, T: ?Sized>(Debugged<'a, T>);
/// For what has `Debug`.
pub struct Debugged<'a, T: ?Sized>(Opaque<'a, T>);
/// For everything else.
pub struct Opaque<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Deref for Typed<'a, T> {
    type Target = Displayed<'a, T>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for Displayed<'a, T> {
    type Target = Debugged<'a, T>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: ?Sized> Deref for Debugged<'a, T> {
    type Target = Opaque<'a, T>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T: AttributeValue + ?Sized> Typed<'a, T> {
    /// The value itself.
    #[inline]
    #[must_use]
    pub const fn get(&self) -> &'a T {
        self.0.0.0.0
    }
}

impl<'a, T: fmt::Display + ?Sized> Displayed<'a, T> {
    /// Its text.
    #[inline]
    #[must_use]
    pub const fn get(&self) -> ByDisplay<'a, T> {
        ByDisplay(self.0.0.0)
    }
}

impl<'a, T: fmt::Debug + ?Sized> Debugged<'a, T> {
    /// Its text.
    #[inline]
    #[must_use]
    pub const fn get(&self) -> ByDebug<'a, T> {
        ByDebug(self.0.0)
    }
}

impl<T: ?Sized> Opaque<'_, T> {
    /// The name of its type.
    #[inline]
    #[must_use]
    pub fn get(&self) -> &'static str {
        std::any::type_name::<T>()
    }
}

/// `%value`.
#[inline]
pub const fn display<T: fmt::Display + ?Sized>(value: &T) -> ByDisplay<'_, T> {
    ByDisplay(value)
}

/// `?value`.
#[inline]
pub const fn debug<T: fmt::Debug + ?Sized>(value: &T) -> ByDebug<'_, T> {
    ByDebug(value)
}

/// Text by `Display`.
pub struct ByDisplay<'a, T: ?Sized>(&'a T);
/// Text by `Debug`.
pub struct ByDebug<'a, T: ?Sized>(&'a T);

impl<T: fmt::Display + ?Sized> AttributeValue for ByDisplay<'_, T> {
    #[inline]
    fn write(&self, out: ValueWriter<'_>) {
        quietly(|| out.display(self.0));
    }
}

impl<T: fmt::Debug + ?Sized> AttributeValue for ByDebug<'_, T> {
    #[inline]
    fn write(&self, out: ValueWriter<'_>) {
        quietly(|| out.debug(self.0));
    }
}

/// How many characters of a value are formatted only because `args` asked for all of them, unless a limit is set.
const MAX_ARGUMENT: usize = 16_384;

/// A value that `args` records: what is formatted of it stops after some thousand characters.
#[inline]
pub const fn argument<V>(value: V) -> Argument<V> {
    Argument(value)
}

/// See [`argument`].
pub struct Argument<V>(V);

/// What may be in an [`Argument`].
pub trait Bounded {
    /// Writes it.
    fn write_bounded(&self, out: ValueWriter<'_>);

    /// Whether there is something to write.
    fn is_something(&self) -> bool {
        true
    }
}

impl<T: AttributeValue + ?Sized> Bounded for &T {
    #[inline]
    fn write_bounded(&self, out: ValueWriter<'_>) {
        self.write(out);
    }

    #[inline]
    fn is_something(&self) -> bool {
        self.is_present()
    }
}

impl<T: fmt::Display + ?Sized> Bounded for ByDisplay<'_, T> {
    #[inline]
    fn write_bounded(&self, out: ValueWriter<'_>) {
        self.write(out.stopping_at(MAX_ARGUMENT));
    }
}

impl<T: fmt::Debug + ?Sized> Bounded for ByDebug<'_, T> {
    #[inline]
    fn write_bounded(&self, out: ValueWriter<'_>) {
        self.write(out.stopping_at(MAX_ARGUMENT));
    }
}

impl<V: Bounded> AttributeValue for Argument<V> {
    #[inline]
    fn write(&self, out: ValueWriter<'_>) {
        self.0.write_bounded(out);
    }

    #[inline]
    fn is_present(&self) -> bool {
        self.0.is_something()
    }
}
