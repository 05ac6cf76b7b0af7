//! The formats that the process uses.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::composite::CompositePropagator;
use super::format::{Extractor, Injector, Propagator};
use crate::local::current;
use crate::model::span_context::SpanContext;
use crate::process::fork::{PerProcess, per_process};
use crate::tracer::context::Context;

static GLOBAL: PerProcess<RwLock<Option<Arc<dyn Propagator>>>> = per_process!(RwLock::new(None));

/// Whether it is the W3C's trace context, with (2) or without (1) baggage, and nothing else (0).
static W3C: AtomicU8 = AtomicU8::new(0);

/// Whether only the W3C's formats are used, trace context among them; and whether baggage is one of them.
#[cfg(feature = "http")]
#[inline]
pub(crate) fn is_w3c() -> Option<bool> {
    match W3C.load(Ordering::Relaxed) {
        0 => None,
        formats => Some(formats == 2),
    }
}

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
        propagator.inject(&current::context(), &mut &mut *carrier);
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
    extract_into(&current::context(), carrier)
}

/// The context of a request to an endpoint that anybody can call: the caller is not believed.
///
/// The next span is the root of a new trace. It has a link to the caller's span, so that its trace can be found, but
/// neither the caller's trace id nor its sampling decision or trace state count. Baggage is taken over; where it is
/// not wanted, use `.with_baggage(Baggage::EMPTY)`.
#[must_use]
pub fn extract_public<C: Extractor + ?Sized>(carrier: &C) -> Context {
    let here = current::context().with_span_context(SpanContext::default());
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
    let formats = propagator.w3c().filter(|formats| formats.trace_context);
    let propagator: Arc<dyn Propagator> = Arc::new(propagator);
    let mut global = GLOBAL.write().unwrap_or_else(PoisonError::into_inner);
    let old = global.replace(propagator);
    W3C.store(formats.map_or(0, |formats| 1 + u8::from(formats.baggage)), Ordering::Relaxed);
    drop(global);
    // It may be code of the program: dropped when nothing is locked.
    drop(old);
}

/// What the next process goes on with: its parent's formats.
pub fn carry() -> impl FnOnce() {
    GLOBAL.carry()
}

/// Makes these propagators, in this order, the ones that [`inject`] and [`extract`] use.
pub fn install(propagators: Vec<Box<dyn Propagator>>) {
    set_global(CompositePropagator::new(propagators));
}

fn installed() -> Option<Arc<dyn Propagator>> {
    GLOBAL.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn extract_into<C: Extractor + ?Sized>(context: &Context, carrier: &C) -> Context {
    installed().map_or_else(|| context.clone(), |propagator| propagator.extract(context, &carrier))
}
