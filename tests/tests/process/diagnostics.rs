//! The library's own messages, and other code of the program that it calls: nothing of that ends or blocks anything.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use traced::sampler::{Sampler, SamplingRequest, SamplingResult};
use traced::{
    ExportCall, ExportError, IdGenerator, MemoryExporter, Span, SpanBatch, SpanExporter, SpanId, TraceId, propagation,
    traced,
};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(30);

#[traced]
fn work() {}

fn bad_header() -> HashMap<String, String> {
    HashMap::from([("traceparent".to_owned(), "nonsense".to_owned())])
}

fn bad_baggage() -> HashMap<String, String> {
    HashMap::from([("baggage".to_owned(), "no pair".to_owned())])
}

/// Fails each time with another message, so that each is said.
struct Failing(usize);

impl SpanExporter for Failing {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.0 += 1;
        Err(ExportError::new(format!("failure {}", self.0)))
    }

    fn name(&self) -> &str {
        "failing"
    }
}

struct ExtractsWhenDropped;

impl Drop for ExtractsWhenDropped {
    fn drop(&mut self) {
        drop(propagation::extract(&bad_baggage()));
    }
}

#[test]
fn sink_that_panics_ends_nothing() {
    child::run("sink_that_panics_ends_nothing", &[], || {
        static SAID: AtomicUsize = AtomicUsize::new(0);
        traced::on_diagnostic(|message| {
            SAID.fetch_add(1, Ordering::Relaxed);
            panic!("the sink cannot say {message:?}");
        });
        let guard = traced::builder().exporter(Failing(0)).init().unwrap();
        for failures in 1..=3 {
            work();
            assert!(!traced::flush(LONG).unwrap_err().is_timeout(), "the exporter's thread is gone");
            assert_eq!(traced::stats().exporters[0].failed, failures);
        }
        assert!(!propagation::extract(&bad_header()).span_context().is_valid());
        let caught = catch_unwind(|| {
            let _extracts = ExtractsWhenDropped;
            panic!("on purpose");
        });
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"on purpose"));
        guard.shutdown(LONG).unwrap();
        assert!(SAID.load(Ordering::Relaxed) >= 5, "each of these had something to say");
    });
}

#[test]
fn sink_may_set_a_sink_and_say_something() {
    child::run("sink_may_set_a_sink_and_say_something", &[], || {
        child::ends_by_itself();
        static SAID: AtomicUsize = AtomicUsize::new(0);
        traced::on_diagnostic(|_| {
            SAID.fetch_add(1, Ordering::Relaxed);
            traced::on_diagnostic(|_| {
                SAID.fetch_add(10, Ordering::Relaxed);
            });
            drop(propagation::extract(&bad_baggage()));
        });
        let guard = traced::builder().exporter(MemoryExporter::default()).init().unwrap();
        drop(propagation::extract(&bad_header()));
        assert_eq!(SAID.load(Ordering::Relaxed), 11);
        guard.shutdown(LONG).unwrap();
    });
}

/// Uses the library from every method of whatever the program gives to `init`.
struct Curious;

fn look_around() {
    let _ = traced::stats();
    let _ = traced::flush(Duration::from_millis(1));
    drop(propagation::extract(&bad_baggage()));
    drop(propagation::global());
    traced::set_filter("nothing=off").unwrap();
    Span::start("while the library asks").end();
    work();
}

impl SpanExporter for Curious {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        look_around();
        Ok(())
    }

    fn shutdown(&mut self) {
        look_around();
    }

    fn name(&self) -> &str {
        look_around();
        "curious"
    }

    fn takes_unsampled(&self) -> bool {
        look_around();
        true
    }
}

impl Drop for Curious {
    fn drop(&mut self) {
        look_around();
    }
}

thread_local! {
    static IS_ASKING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// What a sampler or generator starts asks it again: once is enough.
fn look_around_once() {
    if !IS_ASKING.replace(true) {
        look_around();
        IS_ASKING.set(false);
    }
}

impl Sampler for Curious {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        look_around_once();
        traced::sampler::AlwaysOn.should_sample(request)
    }

    fn description(&self) -> String {
        "curious".to_owned()
    }

    fn follows_local_parent(&self) -> bool {
        look_around_once();
        false
    }
}

impl IdGenerator for Curious {
    fn new_trace_id(&self) -> TraceId {
        look_around_once();
        TraceId::from_u128(1)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_u64(1)
    }
}

impl propagation::Propagator for Curious {
    fn inject(&self, _context: &traced::Context, _carrier: &mut dyn propagation::Injector) {}

    fn extract(&self, context: &traced::Context, _carrier: &dyn propagation::Extractor) -> traced::Context {
        context.clone()
    }

    fn fields(&self) -> Vec<&str> {
        vec![]
    }
}

#[test]
fn program_s_code_may_use_the_library_whenever_it_is_called() {
    child::run("program_s_code_may_use_the_library_whenever_it_is_called", &[], || {
        child::ends_by_itself();
        for _ in 0..2 {
            propagation::set_global(Curious);
            let builder =
                traced::builder().exporter(Curious).sampler(Curious).id_generator(Curious).propagator(Curious);
            let guard = builder.init().unwrap();
            work();
            traced::flush(LONG).unwrap();
            guard.shutdown(LONG).unwrap();
        }
    });
}

#[test]
fn sink_that_is_replaced_is_dropped_where_it_may_say_something() {
    child::run("sink_that_is_replaced_is_dropped_where_it_may_say_something", &[], || {
        child::ends_by_itself();
        let curious = Curious;
        traced::on_diagnostic(move |_| drop(catch_unwind(AssertUnwindSafe(|| curious.name().len()))));
        traced::on_diagnostic(|_| ());
    });
}
