//! How a value becomes an OTLP `AnyValue`, without an owned value in between.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::proto::{self, any_value};
use crate::model::limits::ValueLimits;
use crate::model::value::{KeyValue, Value};

/// A type that can be the value of an attribute, typed.
///
/// Implemented for booleans, numbers, text, byte vectors through [`Value::Bytes`], slices, vectors and maps of such,
/// and `Option` (where `None` records nothing). Types without it can still be recorded, by `%value` (`Display`)
/// or `?value` (`Debug`).
///
/// Follows the OpenTelemetry common specification, "Attribute".
///
/// ```
/// use traced::value::ValueWriter;
/// use traced::AttributeValue;
///
/// struct Cents(i64);
///
/// impl AttributeValue for Cents {
///     fn write(&self, out: ValueWriter<'_>) {
///         out.double(self.0 as f64 / 100.0);
///     }
/// }
/// ```
pub trait AttributeValue {
    /// Calls exactly one method of `out`; calling none leaves the value empty.
    fn write(&self, out: ValueWriter<'_>);

    /// Whether there is something to record; `false` leaves the attribute out.
    fn is_present(&self) -> bool {
        true
    }

    /// As a value that owns its data: what [`write`](Self::write) writes, unless the type has a shorter way.
    fn into_value(self) -> Value
    where
        Self: Sized,
    {
        Value::record(&self)
    }
}

/// Where an [`AttributeValue`] puts its value.
#[derive(Debug)]
pub struct ValueWriter<'a> {
    out: &'a mut Vec<u8>,
    limits: ValueLimits,
}

impl ValueWriter<'_> {
    /// A boolean.
    pub fn bool(self, value: bool) {
        proto::number(self.out, any_value::BOOL, u64::from(value));
    }

    /// A signed integer.
    #[inline]
    pub fn int(self, value: i64) {
        proto::number(self.out, any_value::INT, value.cast_unsigned());
    }

    /// A floating-point number.
    pub fn double(self, value: f64) {
        proto::fixed64(self.out, any_value::DOUBLE, value.to_bits());
    }

    /// Text, cut to the value length limit, counted in characters.
    #[inline]
    pub fn string(self, value: &str) {
        proto::bytes(self.out, any_value::STRING, self.limits.cut(value).as_bytes());
    }

    /// Bytes, cut to the value length limit.
    pub fn bytes(self, value: &[u8]) {
        let length = value.len().min(self.limits.length);
        proto::bytes(self.out, any_value::BYTES, &value[..length]);
    }

    /// Text from `Display`. Formatting stops at the value length limit.
    pub fn display(self, value: &(impl fmt::Display + ?Sized)) {
        self.format(format_args!("{value}"));
    }

    /// Text from `Debug`. Formatting stops at the value length limit.
    pub fn debug(self, value: &(impl fmt::Debug + ?Sized)) {
        self.format(format_args!("{value:?}"));
    }

    /// Formatted text. Formatting stops at the value length limit; a formatter that fails or panics keeps what it had
    /// written.
    pub fn format(self, value: fmt::Arguments<'_>) {
        let left = self.limits.length;
        proto::nested(self.out, any_value::STRING, |out| write_text(out, left, value));
    }

    /// Where formatted text stops after so many characters, unless there is a limit that somebody has set.
    pub(crate) fn stopping_at(self, characters: usize) -> Self {
        let length = if self.limits.length == usize::MAX { characters } else { self.limits.length };
        Self { limits: ValueLimits { length, ..self.limits }, ..self }
    }

    /// A list of values, each by one call of [`ArrayWriter::push`].
    pub fn array(self, write: impl FnOnce(&mut ArrayWriter<'_>)) {
        let Some(limits) = self.limits.one_deeper() else { return };
        proto::nested(self.out, any_value::ARRAY, |out| write(&mut ArrayWriter { out, limits }));
    }

    /// A map, each entry by one call of [`MapWriter::entry`].
    pub fn map(self, write: impl FnOnce(&mut MapWriter<'_>)) {
        let Some(limits) = self.limits.one_deeper() else { return };
        proto::nested(self.out, any_value::MAP, |out| write(&mut MapWriter { out, limits }));
    }
}

/// Where the items of a list go.
#[derive(Debug)]
pub struct ArrayWriter<'a> {
    out: &'a mut Vec<u8>,
    limits: ValueLimits,
}

impl ArrayWriter<'_> {
    /// Appends one item.
    pub fn push(&mut self, item: &(impl AttributeValue + ?Sized)) {
        let limits = self.limits;
        proto::nested(self.out, any_value::ELEMENT, |out| item.write(ValueWriter { out, limits }));
    }
}

/// Where the entries of a map go.
#[derive(Debug)]
pub struct MapWriter<'a> {
    out: &'a mut Vec<u8>,
    limits: ValueLimits,
}

impl MapWriter<'_> {
    /// Appends one entry. Keys must be unique.
    pub fn entry(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        let limits = self.limits;
        write_key_value(self.out, any_value::ELEMENT, key, value, limits);
    }
}

/// Appends a field with a `KeyValue`.
#[inline]
pub(crate) fn write_key_value(
    out: &mut Vec<u8>,
    tag: proto::Tag,
    key: &str,
    value: &(impl AttributeValue + ?Sized),
    limits: ValueLimits,
) {
    proto::key_value(out, tag, key, |out| value.write(ValueWriter { out, limits }));
}

/// Appends formatted text; a formatter that fails keeps what it had written.
pub(crate) fn append(out: &mut Vec<u8>, text: &dyn fmt::Display) {
    let _failed = write!(LimitedText { out, left: usize::MAX }, "{text}");
}

/// Appends formatted text up to a number of characters.
fn write_text(out: &mut Vec<u8>, left: usize, text: fmt::Arguments<'_>) {
    if catch_unwind(AssertUnwindSafe(|| LimitedText { out, left }.write_fmt(text))).is_err() {
        out.extend_from_slice(b"(the value's formatting panicked)");
    }
}

/// Takes text up to a number of characters, then fails, so that formatting stops.
struct LimitedText<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
}

impl fmt::Write for LimitedText<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.left == usize::MAX {
            self.out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let cut = ValueLimits { length: self.left, depth: 0 }.cut(text);
        self.out.extend_from_slice(cut.as_bytes());
        self.left -= cut.chars().count();
        if cut.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

macro_rules! attribute_value {
    ($($type:ty => |$value:ident, $out:ident| $write:expr $(, $into:expr)?;)*) => {$(
        impl AttributeValue for $type {
            #[inline]
            fn write(&self, $out: ValueWriter<'_>) {
                let $value = self;
                $write;
            }

            $(fn into_value(self) -> Value {
                $into(self)
            })?
        }
    )*};
}

/// Integers beyond `i64` keep all their digits as text.
fn write_wide(value: impl TryInto<i64> + fmt::Display + Copy, out: ValueWriter<'_>) {
    match value.try_into() {
        Ok(int) => out.int(int),
        Err(_) => out.display(&value),
    }
}

attribute_value! {
    bool => |value, out| out.bool(*value), Value::from;
    i8 => |value, out| out.int((*value).into()), Value::from;
    i16 => |value, out| out.int((*value).into()), Value::from;
    i32 => |value, out| out.int((*value).into()), Value::from;
    i64 => |value, out| out.int(*value), Value::from;
    u8 => |value, out| out.int((*value).into()), Value::from;
    u16 => |value, out| out.int((*value).into()), Value::from;
    u32 => |value, out| out.int((*value).into()), Value::from;
    u64 => |value, out| write_wide(*value, out);
    u128 => |value, out| write_wide(*value, out);
    i128 => |value, out| write_wide(*value, out);
    usize => |value, out| write_wide(*value, out);
    isize => |value, out| write_wide(*value, out);
    f32 => |value, out| out.double((*value).into()), Value::from;
    f64 => |value, out| out.double(*value), Value::from;
    str => |value, out| out.string(value);
    String => |value, out| out.string(value), Value::from;
    char => |value, out| out.string(value.encode_utf8(&mut [0; 4]));
}

impl AttributeValue for Value {
    fn write(&self, out: ValueWriter<'_>) {
        match self {
            Self::Empty => {}
            Self::Bool(value) => out.bool(*value),
            Self::Int(value) => out.int(*value),
            Self::Double(value) => out.double(*value),
            Self::String(value) => out.string(value),
            Self::Bytes(value) => out.bytes(value),
            Self::Array(items) => items.as_slice().write(out),
            Self::Map(entries) => entries.write(out),
        }
    }

    fn into_value(self) -> Value {
        self
    }
}

/// A map.
impl AttributeValue for [KeyValue] {
    fn write(&self, out: ValueWriter<'_>) {
        out.map(|map| {
            for KeyValue { key, value } in unique(self) {
                map.entry(key, value);
            }
        });
    }
}

/// A map.
impl AttributeValue for Vec<KeyValue> {
    fn write(&self, out: ValueWriter<'_>) {
        self.as_slice().write(out);
    }

    fn into_value(self) -> Value {
        Value::Map(self)
    }
}

/// The entries of a map with the last value of each key, in the order of first appearance.
fn unique(entries: &[KeyValue]) -> impl Iterator<Item = &KeyValue> {
    entries.iter().enumerate().filter_map(|(index, entry)| {
        let is_first = entries[..index].iter().all(|earlier| earlier.key != entry.key);
        is_first.then(|| entries.iter().rfind(|later| later.key == entry.key)).flatten()
    })
}

impl<T: AttributeValue> AttributeValue for Option<T> {
    #[inline]
    fn write(&self, out: ValueWriter<'_>) {
        if let Some(value) = self {
            value.write(out);
        }
    }

    #[inline]
    fn is_present(&self) -> bool {
        self.as_ref().is_some_and(AttributeValue::is_present)
    }

    fn into_value(self) -> Value {
        self.map_or(Value::Empty, T::into_value)
    }
}

impl<T: AttributeValue> AttributeValue for [T] {
    fn write(&self, out: ValueWriter<'_>) {
        out.array(|array| {
            for item in self {
                array.push(item);
            }
        });
    }
}

impl<T: AttributeValue> AttributeValue for Vec<T> {
    fn write(&self, out: ValueWriter<'_>) {
        self.as_slice().write(out);
    }

    fn into_value(self) -> Value {
        Value::Array(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: AttributeValue, const N: usize> AttributeValue for [T; N] {
    fn write(&self, out: ValueWriter<'_>) {
        self.as_slice().write(out);
    }

    fn into_value(self) -> Value {
        Value::Array(self.into_iter().map(T::into_value).collect())
    }
}

impl<K: AsRef<str>, V: AttributeValue, S> AttributeValue for HashMap<K, V, S> {
    fn write(&self, out: ValueWriter<'_>) {
        out.map(|map| {
            for (key, value) in self {
                map.entry(key.as_ref(), value);
            }
        });
    }
}

impl<K: AsRef<str>, V: AttributeValue> AttributeValue for BTreeMap<K, V> {
    fn write(&self, out: ValueWriter<'_>) {
        out.map(|map| {
            for (key, value) in self {
                map.entry(key.as_ref(), value);
            }
        });
    }
}

macro_rules! forward {
    ($($type:ty),*) => {$(
        impl<T: AttributeValue + ?Sized> AttributeValue for $type {
            #[inline]
            fn write(&self, out: ValueWriter<'_>) {
                (**self).write(out);
            }

            #[inline]
            fn is_present(&self) -> bool {
                (**self).is_present()
            }
        }
    )*};
}

forward!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: AttributeValue + ToOwned + ?Sized> AttributeValue for Cow<'_, T> {
    #[inline]
    fn write(&self, out: ValueWriter<'_>) {
        (**self).write(out);
    }

    #[inline]
    fn is_present(&self) -> bool {
        (**self).is_present()
    }
}
