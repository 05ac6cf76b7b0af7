//! Their propagators in place of ours, and ours in place of theirs.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use opentelemetry::Context as OtelContext;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor as OtelExtractor, Injector as OtelInjector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt as _;

use super::contexts::is_current;
use super::convert::{from_baggage, to_baggage};
use super::ids::{from_span_context, to_span_context};
use traced::Context;
use traced::propagation::Extractor;
use traced::propagation::Injector;
use traced::propagation::Propagator;
use traced_core::__runtime::global;

/// Makes a propagator of OpenTelemetry's SDK one of ours.
///
/// ```
/// use opentelemetry_sdk::propagation::BaggagePropagator;
///
/// let propagator = traced_opentelemetry::propagator(BaggagePropagator::new());
/// ```
pub fn propagator(propagator: impl TextMapPropagator + Send + Sync + 'static) -> impl Propagator {
    Foreign(propagator)
}

struct Foreign<P>(P);

impl<P: TextMapPropagator + Send + Sync> Propagator for Foreign<P> {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        self.0.fields().for_each(|field| carrier.remove(field));
        self.0.inject_context(&to_context(context), &mut Carrier(carrier));
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let theirs = self.0.extract_with_context(&to_context(context), &Carrier(carrier));
        let span = from_span_context(theirs.span().span_context());
        let baggage = from_baggage(theirs.baggage());
        let mut context = context.clone();
        if span.is_valid() && span != *context.span_context() {
            context = context.with_span_context(span);
        }
        if from_baggage(to_context(&context).baggage()) == baggage { context } else { context.with_baggage(baggage) }
    }

    fn fields(&self) -> Vec<&str> {
        self.0.fields().collect()
    }
}

/// The span and the baggage of one of our contexts.
fn to_context(context: &Context) -> OtelContext {
    let mut theirs = OtelContext::new();
    if context.span_context().is_valid() {
        theirs = theirs.with_remote_span_context(to_span_context(context.span_context()));
    }
    if !context.baggage().is_empty() {
        theirs = theirs.with_baggage(to_baggage(context.baggage()));
    }
    theirs
}

struct Carrier<C>(C);

impl OtelInjector for Carrier<&mut dyn Injector> {
    fn set(&mut self, key: &str, value: String) {
        self.0.set(&key.to_ascii_lowercase(), value);
    }
}

impl OtelExtractor for Carrier<&dyn Extractor> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(&key.to_ascii_lowercase())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        Some(self.0.get_all(&key.to_ascii_lowercase())).filter(|values| !values.is_empty())
    }
}

/// Makes one of our propagators one of OpenTelemetry's API, as its global propagator for instance.
///
/// ```
/// use traced::propagation::TraceContextPropagator;
///
/// let ours = traced_opentelemetry::text_map_propagator(TraceContextPropagator);
/// opentelemetry::global::set_text_map_propagator(ours);
/// ```
pub fn text_map_propagator(propagator: impl Propagator + 'static) -> impl TextMapPropagator + Send + Sync + 'static {
    let fields = propagator.fields().into_iter().map(str::to_owned).collect();
    Ours { propagator, fields }
}

struct Ours<P> {
    propagator: P,
    fields: Vec<String>,
}

impl<P> fmt::Debug for Ours<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Propagator").field("fields", &self.fields).finish_non_exhaustive()
    }
}

impl<P: Propagator> TextMapPropagator for Ours<P> {
    fn inject_context(&self, theirs: &OtelContext, injector: &mut dyn OtelInjector) {
        inject(&self.propagator, theirs, injector);
    }

    fn extract_with_context(&self, theirs: &OtelContext, extractor: &dyn OtelExtractor) -> OtelContext {
        extract(&self.propagator, theirs, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

fn inject(propagator: &(impl Propagator + ?Sized), theirs: &OtelContext, injector: &mut dyn OtelInjector) {
    propagator.inject(&from_context(theirs), &mut OtelCarrier(injector));
}

fn extract(
    propagator: &(impl Propagator + ?Sized),
    theirs: &OtelContext,
    extractor: &dyn OtelExtractor,
) -> OtelContext {
    let before = from_context(theirs);
    let after = propagator.extract(&before, &OtelCarrier(extractor));
    let mut theirs = theirs.clone();
    if after.span_context() != before.span_context() {
        theirs = theirs.with_remote_span_context(to_span_context(after.span_context()));
    }
    if after.baggage() == before.baggage() { theirs } else { theirs.with_baggage(to_baggage(after.baggage())) }
}

/// Whichever of our propagators is the global one at the time.
#[derive(Debug)]
pub(super) struct Configured;

impl TextMapPropagator for Configured {
    fn inject_context(&self, theirs: &OtelContext, injector: &mut dyn OtelInjector) {
        inject(&*global::global(), theirs, injector);
    }

    fn extract_with_context(&self, theirs: &OtelContext, extractor: &dyn OtelExtractor) -> OtelContext {
        extract(&*global::global(), theirs, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        let fields: Vec<_> = global::global().fields().into_iter().map(str::to_owned).collect();
        FieldIter::new(kept(fields))
    }
}

/// Their API borrows lists of fields. There are as many as propagators that were ever global; each is kept for good.
fn kept(fields: Vec<String>) -> &'static [String] {
    static KEPT: Mutex<Vec<&'static [String]>> = Mutex::new(Vec::new());
    let mut lists = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(list) = lists.iter().find(|list| **list == fields) {
        return list;
    }
    let list: &'static [String] = Vec::leak(fields);
    lists.push(list);
    list
}

/// The span and the baggage of one of their contexts.
fn from_context(theirs: &OtelContext) -> Context {
    // What the code runs in may be a span of ours that is in no context of theirs.
    let context = match is_current(theirs) {
        true => Context::current(),
        false => Context::new(),
    };
    let span = from_span_context(theirs.span().span_context());
    let context = if context.span_context().is_valid() { context } else { context.with_span_context(span) };
    let baggage = from_baggage(theirs.baggage());
    if baggage.is_empty() { context } else { context.with_baggage(baggage) }
}

struct OtelCarrier<C>(C);

impl Injector for OtelCarrier<&mut dyn OtelInjector> {
    fn set(&mut self, key: &str, value: String) {
        self.0.set(key, value);
    }
}

impl Extractor for OtelCarrier<&dyn OtelExtractor> {
    fn get_all(&self, key: &str) -> Vec<&str> {
        self.0.get_all(key).unwrap_or_default()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys()
    }
}
