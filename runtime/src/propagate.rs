//! Carrying context to and from other processes.
//!
//! Follows the OpenTelemetry context specification, "Propagators API".

pub(crate) mod b3;
pub(crate) mod baggage;
pub(crate) mod carriers;
pub(crate) mod composite;
pub(crate) mod configured;
pub(crate) mod environment;
#[cfg(feature = "http")]
mod http;
pub(crate) mod trace_context;

use std::sync::{Arc, PoisonError, RwLock};

use crate::model::span_context::SpanContext;
use crate::tracer::context::Context;
use composite::CompositePropagator;
pub(crate) use configured::from_names;

/// What context is written to: the headers of a request or message, or a map.
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

/// What context is read from.
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

static GLOBAL: RwLock<Option<Arc<dyn Propagator>>> = RwLock::new(None);

/// Writes the current context to the carrier of an outgoing request or message, in the formats that are configured.
///
/// Does nothing until `traced::init`, or [`set_global`], has configured one.
///
/// ```
/// let mut headers = std::collections::HashMap::new();
/// traced::propagation::inject(&mut headers);
/// # let _: &std::collections::HashMap<String, String> = &headers;
/// ```
pub fn inject<C: Injector + ?Sized>(carrier: &mut C) {
    if let Some(propagator) = installed() {
        propagator.inject(&Context::current(), &mut &mut *carrier);
    }
}

/// Writes a context to the carrier of an outgoing request or message, in the formats that are configured.
pub fn inject_context<C: Injector + ?Sized>(context: &Context, carrier: &mut C) {
    if let Some(propagator) = installed() {
        propagator.inject(context, &mut &mut *carrier);
    }
}

/// The current context, with what came in the carrier of a request or message in the formats that are configured.
///
/// Spans started in it are children of the caller's span.
///
/// ```
/// use std::collections::HashMap;
/// use traced::propagation::{self, TraceContextPropagator};
///
/// propagation::set_global(TraceContextPropagator);
/// let headers = HashMap::from([(
///     "traceparent".to_owned(),
///     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
/// )]);
/// let context = propagation::extract(&headers);
/// assert!(context.span_context().is_remote() && context.span_context().is_sampled());
/// ```
#[must_use]
pub fn extract<C: Extractor + ?Sized>(carrier: &C) -> Context {
    extract_into(&Context::current(), carrier)
}

/// The same for an endpoint that anybody can call: the caller is not believed.
///
/// The next span is the root of a new trace. It has a link to the caller's span, so that its trace can be found, but
/// neither the caller's trace id nor its sampling decision or trace state count. Baggage is taken over; where it is
/// not wanted, use `.with_baggage(Baggage::EMPTY)`.
#[must_use]
pub fn extract_public<C: Extractor + ?Sized>(carrier: &C) -> Context {
    let here = Context::current().with_span_context(SpanContext::default());
    let context = extract_into(&here, carrier);
    let caller = context.span_context().clone();
    let context = context.with_span_context(SpanContext::default());
    if caller.is_valid() { context.with_extras(|extras| extras.caller = Some(caller)) } else { context }
}

/// The propagator that [`inject`] and [`extract`] use; it does nothing until one is configured.
#[must_use]
pub fn global() -> Arc<dyn Propagator> {
    installed().unwrap_or_else(|| Arc::new(CompositePropagator::default()))
}

/// Makes `propagator` the one that [`inject`] and [`extract`] use, for the whole process.
///
/// `traced::init` does this as configured; call it only where there is no `init`, as in a library's tests.
pub fn set_global(propagator: impl Propagator + 'static) {
    *GLOBAL.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(propagator));
}

/// Makes these propagators, in this order, the ones that [`inject`] and [`extract`] use.
pub(crate) fn install(propagators: Vec<Box<dyn Propagator>>) {
    set_global(CompositePropagator::new(propagators));
}

fn installed() -> Option<Arc<dyn Propagator>> {
    GLOBAL.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn extract_into<C: Extractor + ?Sized>(context: &Context, carrier: &C) -> Context {
    installed().map_or_else(|| context.clone(), |propagator| propagator.extract(context, &carrier))
}
