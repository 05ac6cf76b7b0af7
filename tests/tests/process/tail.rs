//! Tail sampling in a whole pipeline.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use traced::sampler::TailSampling;
use traced::view::SpanView;
use traced::{ExportCall, ExportError, SpanBatch, SpanExporter, SpanProcessor, traced};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(30);
const LIMIT: usize = 10;

/// Notes how many spans came at once.
struct Sizes(Arc<Mutex<Vec<usize>>>);

impl SpanExporter for Sizes {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.0.lock().unwrap().push(batch.spans().count());
        Ok(())
    }

    fn name(&self) -> &str {
        "sizes"
    }
}

struct Seen(Arc<AtomicUsize>);

impl SpanProcessor for Seen {
    fn on_end(&self, _span: &SpanView<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[traced]
fn inner() {}

#[traced]
fn outer(fails: bool) -> Result<(), std::fmt::Error> {
    (0..3 * LIMIT).for_each(|_| inner());
    if fails { Err(std::fmt::Error) } else { Ok(()) }
}

#[test]
fn released_trace_keeps_to_the_batch_limit_and_processors_see_what_is_let_go() {
    child::run("released_trace_keeps_to_the_batch_limit_and_processors_see_what_is_let_go", &[], || {
        let (sizes, seen) = (Arc::default(), Arc::default());
        let guard = traced::builder()
            .exporter(Sizes(Arc::clone(&sizes)))
            .processor(Seen(Arc::clone(&seen)))
            .max_export_batch_size(LIMIT)
            .tail_sampling(TailSampling::default().with_share(0.0))
            .init()
            .unwrap();
        outer(true).unwrap_err();
        outer(false).unwrap();
        guard.shutdown(LONG).unwrap();
        let spans = 3 * LIMIT + 1;
        let sizes = sizes.lock().unwrap();
        assert_eq!(sizes.iter().sum::<usize>(), spans, "the trace with the error");
        assert!(sizes.iter().all(|size| *size <= LIMIT), "{sizes:?}");
        assert_eq!(seen.load(Ordering::Relaxed), 2 * spans, "every recording span");
        let tail = traced::stats().tail.unwrap();
        assert_eq!((tail.kept_spans, tail.dropped_spans), (spans as u64, spans as u64));
    });
}

#[traced(parent = caller.clone())]
fn inner_request(caller: &traced::Context) {}

#[traced]
fn outer_request() -> Result<(), std::fmt::Error> {
    // It passes through another service, so that nothing of it has ended here by then.
    let mut headers = Vec::<(String, String)>::new();
    traced::propagation::inject(&mut headers);
    inner_request(&traced::propagation::extract(&headers));
    traced::flush(LONG).unwrap();
    // Longer than a trace waits whose roots have ended.
    std::thread::sleep(Duration::from_secs(3));
    inner();
    traced::flush(LONG).unwrap();
    Err(std::fmt::Error)
}

#[test]
fn inner_request_does_not_decide_for_the_outer_one() {
    child::run("inner_request_does_not_decide_for_the_outer_one", &[], || {
        let (sizes, tail) = (Arc::default(), TailSampling::default().with_share(0.0));
        let guard = traced::builder().exporter(Sizes(Arc::clone(&sizes))).tail_sampling(tail).init().unwrap();
        outer_request().unwrap_err();
        guard.shutdown(LONG).unwrap();
        assert_eq!(sizes.lock().unwrap().iter().sum::<usize>(), 3, "{:?}", traced::stats().tail);
        assert_eq!(traced::stats().tail.unwrap().incomplete_traces, 0);
    });
}
