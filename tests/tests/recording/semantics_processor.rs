//! The specification's rows about what processors and exporters see, each test named after its row.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use traced::sampler::SamplingDecision;
use traced::view::{SpanView, ValueView};
use traced::{Context, FinishedSpan, MemoryExporter, Span, SpanContext, SpanProcessor, traced};
use traced_tests::asked::Asked;
use traced_tests::child;

use super::remote::{SCOPE, remote};

const LONG: Duration = Duration::from_secs(30);

#[traced("named", kind = client, attrs(early = 1, literal = "x"))]
fn with_arguments() {
    traced::attrs!(late = 2);
}

/// Keeps what it is shown.
#[derive(Clone, Default)]
struct Watching {
    started: Arc<Mutex<Vec<(String, SpanContext, SpanContext)>>>,
    ended: Arc<Mutex<Vec<FinishedSpan>>>,
}

impl SpanProcessor for Watching {
    fn on_start(&self, span: &Span, parent: &Context) {
        span.set_attribute("started", true);
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        self.started.lock().unwrap().push((name, span.span_context(), parent.span_context().clone()));
    }

    fn on_end(&self, span: &SpanView<'_>) {
        self.ended.lock().unwrap().push(FinishedSpan::new(span));
    }
}

#[test]
fn sp_9_processors_see_everything_of_a_span() {
    child::run("sp_9_processors_see_everything_of_a_span", &[], || {
        let watching = Watching::default();
        let memory = MemoryExporter::default();
        let limits = traced::SpanLimits::default().with_attributes(2).with_events(0);
        let builder = traced::builder().exporter(memory.clone()).processor(watching.clone()).span_limits(limits);
        let guard = builder.init().unwrap();
        let parent = Context::new().with_span_context(remote(3));
        let span = Span::builder("seen").scope(SCOPE).parent(parent).attribute("a", 1).start();
        span.set_attribute("dropped", 1);
        span.add_event("dropped", &[]);
        span.end();
        guard.shutdown(LONG).unwrap();
        let started = watching.started.lock().unwrap();
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        assert_eq!(*started, [(thread, span.span_context(), remote(3))]);
        let ended = watching.ended.lock().unwrap();
        let seen = ended[0].view();
        assert_eq!((seen.name(), seen.scope(), seen.trace_state()), ("seen", SCOPE, "a=1,b=2"));
        assert_eq!((seen.parent_span_id(), seen.parent_is_remote()), (Some(remote(3).span_id()), true));
        assert_eq!((seen.dropped_attributes(), seen.dropped_events()), (1, 1));
        assert_eq!(seen.attributes().get("started"), Some(ValueView::Bool(true)));
        assert_eq!(memory.spans().len(), 1);
    });
}

#[test]
fn sp_10_spans_recorded_only_reach_processors_and_no_exporter() {
    child::run("sp_10_spans_recorded_only_reach_processors_and_no_exporter", &[], || {
        let watching = Watching::default();
        let memory = MemoryExporter::default();
        let builder = traced::builder().exporter(memory.clone()).processor(watching.clone());
        let guard = builder.sampler(Asked::new(SamplingDecision::RecordOnly)).init().unwrap();
        let span = Span::start("recorded only");
        assert!(span.is_recording() && !span.span_context().is_sampled());
        span.end();
        with_arguments();
        guard.shutdown(LONG).unwrap();
        let names: Vec<_> = watching.ended.lock().unwrap().iter().map(|span| span.view().name().to_owned()).collect();
        assert_eq!(names, ["recorded only", "named"]);
        assert_eq!(memory.spans().len(), 0);
        assert_eq!(watching.started.lock().unwrap().len(), 2);
    });
}

#[test]
fn sp_10_dropped_spans_reach_nobody() {
    child::run("sp_10_dropped_spans_reach_nobody", &[], || {
        let watching = Watching::default();
        let memory = MemoryExporter::default();
        let builder = traced::builder().exporter(memory.clone()).processor(watching.clone());
        let guard = builder.sampler(Asked::new(SamplingDecision::Drop)).init().unwrap();
        with_arguments();
        Span::start("dropped").end();
        guard.shutdown(LONG).unwrap();
        assert_eq!((memory.spans().len(), watching.ended.lock().unwrap().len()), (0, 0));
        assert_eq!(watching.started.lock().unwrap().len(), 0);
    });
}
