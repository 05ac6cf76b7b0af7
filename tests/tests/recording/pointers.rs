//! `Box<dyn ..>` and `Arc<dyn ..>` of what a program can bring along: every method reaches what is behind the pointer, those
//! that have a default as well. Each double answers everything otherwise than the default would.

use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use traced::propagation::{Extractor, Injector, Propagator, TraceContextPropagator};
use traced::sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use traced::testing::Capture;
use traced::view::SpanView;
use traced::{
    AttributeValue, Baggage, Context, EndingSpan, IdGenerator, KeyValue, MemoryExporter, Span, SpanContext, SpanId,
    SpanProcessor, TraceId, Value,
};
use traced_tests::child;

struct Double;

impl Sampler for Double {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        SamplingResult::new(SamplingDecision::RecordOnly, request).with_attributes(vec![KeyValue::new("double", true)])
    }

    fn description(&self) -> String {
        "Double".to_owned()
    }

    fn reads_attributes(&self) -> bool {
        false
    }

    fn follows_local_parent(&self) -> bool {
        true
    }
}

impl IdGenerator for Double {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_u128(7)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_u64(7)
    }

    fn trace_ids_are_random(&self) -> bool {
        true
    }
}

impl Propagator for Double {
    fn inject(&self, _context: &Context, carrier: &mut dyn Injector) {
        carrier.set("double", "injected".to_owned());
    }

    fn extract(&self, context: &Context, _carrier: &dyn Extractor) -> Context {
        context.clone().with_baggage(Baggage::EMPTY.insert("double", "extracted"))
    }

    fn fields(&self) -> Vec<&str> {
        vec!["double"]
    }
}

impl AttributeValue for Double {
    fn write(&self, out: traced::value::ValueWriter<'_>) {
        out.string("double");
    }

    fn is_present(&self) -> bool {
        false
    }
}

#[track_caller]
fn assert_sampler(sampler: &impl Sampler) {
    let parent = SpanContext::default();
    let result = sampler.should_sample(&SamplingRequest::new(&parent, TraceId::from_u128(1), "x"));
    assert_eq!((result.decision, result.attributes.len()), (SamplingDecision::RecordOnly, 1));
    assert_eq!(sampler.description(), "Double");
    assert_eq!((sampler.reads_attributes(), sampler.follows_local_parent()), (false, true));
}

#[test]
fn samplers() {
    assert_sampler(&Double);
    assert_sampler(&(Box::new(Double) as Box<dyn Sampler>));
    assert_sampler(&(Arc::new(Double) as Arc<dyn Sampler>));
}

#[track_caller]
fn assert_ids(ids: &impl IdGenerator) {
    assert_eq!((ids.new_trace_id(), ids.new_span_id()), (TraceId::from_u128(7), SpanId::from_u64(7)));
    assert!(ids.trace_ids_are_random());
}

#[test]
fn id_generators() {
    assert_ids(&Double);
    assert_ids(&(Box::new(Double) as Box<dyn IdGenerator>));
    assert_ids(&(Arc::new(Double) as Arc<dyn IdGenerator>));
}

#[track_caller]
fn assert_propagator(propagator: &impl Propagator) {
    let mut carrier = Vec::<(String, String)>::new();
    propagator.inject(&Context::new(), &mut carrier);
    assert_eq!(carrier, [("double".to_owned(), "injected".to_owned())]);
    assert_eq!(propagator.extract(&Context::new(), &carrier).baggage().get("double"), Some("extracted"));
    assert_eq!(propagator.fields(), ["double"]);
}

#[test]
fn propagators() {
    assert_propagator(&Double);
    assert_propagator(&(Box::new(Double) as Box<dyn Propagator>));
    assert_propagator(&(Arc::new(Double) as Arc<dyn Propagator>));
    // What is read without the detour over a carrier is so behind a pointer, too.
    let is_known = |propagator: &dyn Propagator| propagator.w3c().is_some();
    let boxed: Box<dyn Propagator> = Box::new(TraceContextPropagator);
    let shared: Arc<dyn Propagator> = Arc::new(TraceContextPropagator);
    assert!(!is_known(&Double) && is_known(&TraceContextPropagator) && is_known(&boxed) && is_known(&shared));
}

/// A carrier whose first value is not the first of all.
struct LastFirst(Vec<String>);

impl Extractor for LastFirst {
    fn get_all(&self, _key: &str) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["key"]
    }

    fn get(&self, _key: &str) -> Option<&str> {
        self.0.last().map(String::as_str)
    }
}

#[test]
fn carriers() {
    fn assert_extractor(carrier: &impl Extractor) {
        assert_eq!((carrier.get("key"), carrier.get_all("key").len(), carrier.keys()), (Some("b"), 2, vec!["key"]));
    }
    fn assert_injector(mut carrier: impl Injector) {
        carrier.set("key", "value".to_owned());
        carrier.set("other", "value".to_owned());
        carrier.remove("key");
    }
    let carrier = LastFirst(vec!["a".to_owned(), "b".to_owned()]);
    assert_extractor(&carrier);
    assert_extractor(&(&carrier as &dyn Extractor));
    let mut pairs = Vec::<(String, String)>::new();
    assert_injector(&mut pairs as &mut dyn Injector);
    assert_eq!(pairs, [("other".to_owned(), "value".to_owned())]);
}

#[test]
fn values() {
    fn assert_value(value: impl AttributeValue) {
        assert!(!value.is_present());
        assert_eq!(value.into_value(), Value::Empty);
    }
    assert_value(Double);
    assert_value(&Double);
    assert_value(&mut Double);
    assert_value(Box::new(Double));
    assert_value(Rc::new(Double));
    assert_value(Arc::new(Double));
    let spans = traced::testing::capture(|| {
        let span = Span::start("pointers");
        span.set_attribute("text", Box::new(Rc::new(Arc::new("text"))));
        span.set_attribute("none", Box::new(Double));
        span.end();
    });
    assert_eq!(spans[0].attribute("text").unwrap(), "text");
    assert_eq!(spans[0].attribute("none"), None);
}

/// Notes what it is asked, and does not flush in time.
#[derive(Default)]
struct Noting(Mutex<Vec<&'static str>>);

impl Noting {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }
}

impl SpanProcessor for Noting {
    fn on_start(&self, _span: &Span, _parent: &Context) {
        self.note("on_start");
    }

    fn on_ending(&self, _span: &mut EndingSpan<'_>) {
        self.note("on_ending");
    }

    fn on_end(&self, _span: &SpanView<'_>) {
        self.note("on_end");
    }

    fn flush(&self, _timeout: Duration) -> bool {
        self.note("flush");
        false
    }

    fn shutdown(&self) {
        self.note("shutdown");
    }
}

#[test]
fn processors() {
    child::run("processors", &[], || {
        let notes = Arc::new(Noting::default());
        let boxed: Box<dyn SpanProcessor> = Box::new(Arc::clone(&notes) as Arc<dyn SpanProcessor>);
        let guard = traced::builder().exporter(MemoryExporter::default()).processor(boxed).init().unwrap();
        Span::start("work").end();
        assert!(traced::flush(Duration::from_secs(30)).is_err(), "the processor did not flush in time");
        let _ = guard.shutdown(Duration::from_secs(30));
        let mut notes = notes.0.lock().unwrap().clone();
        notes.dedup();
        assert_eq!(notes, ["on_start", "on_ending", "on_end", "flush", "shutdown"]);
    });
}

#[test]
fn a_capture_takes_them_as_well() {
    let ids: Arc<dyn IdGenerator> = Arc::new(Double);
    let (_, spans) = Capture::builder().id_generator(ids).start().run(|| Span::start("work").end());
    assert_eq!(spans[0].view().trace_id(), TraceId::from_u128(7));
}
