//! Formats, and what they are written to and read from.

use std::sync::Arc;

use crate::tracer::context::Context;

/// A carrier that context is written to: the headers of a request or message, or a map.
///
/// Implement it for the headers of a client that none of the provided ones fits:
///
/// ```
/// use traced::propagation::Injector;
///
/// struct Properties(Vec<(String, String)>);
///
/// impl Injector for Properties {
///     fn set(&mut self, key: &str, value: String) {
///         self.remove(key);
///         self.0.push((key.to_owned(), value));
///     }
///     fn remove(&mut self, key: &str) {
///         self.0.retain(|(existing, _)| existing != key);
///     }
/// }
/// ```
pub trait Injector {
    /// Writes a field, in place of all that were there under this key. Keys are lower-case ASCII, and so they should
    /// be sent; values are visible ASCII characters and spaces.
    fn set(&mut self, key: &str, value: String);

    /// Takes out a field which an earlier use of the carrier may have left, and which would contradict what is written
    /// now. Carriers that are always new, or cannot take anything out, leave this as it is.
    fn remove(&mut self, key: &str) {
        let _ = key;
    }
}

/// A carrier that context is read from.
///
/// Keys are asked for in lower case. Of carriers whose protocol ignores case, as HTTP does, they must be found
/// whatever their case. A value that is not text should be given as `"\u{fffd}"`, which no format accepts, rather
/// than left out.
///
/// ```
/// use traced::propagation::Extractor;
///
/// struct Properties(Vec<(String, String)>);
///
/// impl Extractor for Properties {
///     fn get_all(&self, key: &str) -> Vec<&str> {
///         let same = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(key);
///         self.0.iter().filter(same).map(|(_, value)| value.as_str()).collect()
///     }
///     fn keys(&self) -> Vec<&str> {
///         self.0.iter().map(|(name, _)| name.as_str()).collect()
///     }
/// }
/// ```
pub trait Extractor {
    /// The values of a field, in the order they arrived; none if there is no such field.
    fn get_all(&self, key: &str) -> Vec<&str>;

    /// The keys of all fields.
    fn keys(&self) -> Vec<&str>;

    /// The first value of a field.
    fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key).first().copied()
    }
}

/// A format in which context travels.
///
/// Follows the OpenTelemetry specification, "TextMap Propagator".
pub trait Propagator: Send + Sync {
    /// Writes what `context` has for this format; nothing if it has nothing.
    fn inject(&self, context: &Context, carrier: &mut dyn Injector);

    /// The same context with what the carrier has for this format. What is missing or malformed leaves `context` as
    /// it is; there is no error, since a request must not fail over its telemetry.
    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context;

    /// The keys that [`Propagator::inject`] may write. Who uses a carrier again takes these out first.
    fn fields(&self) -> Vec<&str>;

    /// Which of the W3C's formats it is, if it is nothing else: these are read without the detour over a carrier.
    #[doc(hidden)]
    fn w3c(&self) -> Option<W3c> {
        None
    }
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<P: Propagator + ?Sized> Propagator for $pointer {
            fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
                (**self).inject(context, carrier);
            }

            fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
                (**self).extract(context, carrier)
            }

            fn fields(&self) -> Vec<&str> {
                (**self).fields()
            }

            fn w3c(&self) -> Option<W3c> {
                (**self).w3c()
            }
        }
    )*};
}

behind_a_pointer!(Box<P>, Arc<P>);

/// The W3C's formats.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct W3c {
    pub(crate) trace_context: bool,
    pub(crate) baggage: bool,
}

impl W3c {
    /// Both of two, unless they are the same: what is read twice is no matter of speed.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        let is_twice = self.trace_context && other.trace_context || self.baggage && other.baggage;
        let both =
            Self { trace_context: self.trace_context || other.trace_context, baggage: self.baggage || other.baggage };
        (!is_twice).then_some(both)
    }
}

impl<T: Injector + ?Sized> Injector for &mut T {
    fn set(&mut self, key: &str, value: String) {
        (**self).set(key, value);
    }

    fn remove(&mut self, key: &str) {
        (**self).remove(key);
    }
}

impl<T: Extractor + ?Sized> Extractor for &T {
    fn get_all(&self, key: &str) -> Vec<&str> {
        (**self).get_all(key)
    }

    fn keys(&self) -> Vec<&str> {
        (**self).keys()
    }

    fn get(&self, key: &str) -> Option<&str> {
        (**self).get(key)
    }
}
