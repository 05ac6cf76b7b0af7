//! Tail sampling from `init` to the exporter: what is kept is whole, what is not is counted.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::time::Duration;

use traced::sampler::TailSampling;
use traced::{MemoryExporter, Span, Status};
use traced_tests::child;

/// One trace of three spans, whose middle one fails or not.
fn trace(name: &'static str, fails: bool) {
    let root = Span::start(name);
    let _root = root.attach();
    let middle = Span::start("middle");
    if fails {
        middle.set_status(Status::error("no"));
    }
    let _middle = middle.attach();
    Span::start("leaf").end();
    middle.end();
    root.end();
}

#[test]
fn errors_are_kept_whole_and_the_rest_is_counted() {
    child::run("errors_are_kept_whole_and_the_rest_is_counted", &[], || {
        let exporter = MemoryExporter::default();
        let tail = TailSampling::default().with_share(0.0);
        let traced = traced::builder().exporter(exporter.clone()).tail_sampling(tail).init().unwrap();
        for number in 0..100 {
            trace(if number % 10 == 0 { "bad" } else { "good" }, number % 10 == 0);
        }
        std::thread::spawn(|| trace("elsewhere", true)).join().unwrap();
        traced.shutdown(Duration::from_secs(30)).unwrap();

        let spans = exporter.spans();
        let named = |name| spans.iter().filter(|span| span.view().name() == name).count();
        assert_eq!([named("bad"), named("elsewhere"), named("middle"), named("leaf")], [10, 1, 11, 11]);
        assert_eq!(spans.len(), 33);
        let tail = traced::stats().tail.expect("tail sampling is on");
        assert_eq!((tail.kept_traces, tail.kept_spans), (11, 33));
        assert_eq!((tail.dropped_traces, tail.dropped_spans), (90, 270));
        assert_eq!((tail.evicted_traces, tail.evicted_spans, tail.incomplete_traces), (0, 0, 0));
    });
}
