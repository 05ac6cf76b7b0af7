//! After `fork`: the child has ids of its own, exports its own spans, and leaves the parent's to the parent.

use std::collections::HashSet;
use std::time::Duration;

use traced::{Span, SpanId};
use traced_tests::child;
use traced_tests::receiver::Receiver;

const TIMEOUT: Duration = Duration::from_secs(20);

#[traced::traced]
fn work(place: &str) {
    traced::attrs!(place);
}

#[test]
fn ig_3_a_forked_child_has_fresh_ids_and_its_own_exporter() {
    let receiver = Receiver::start();
    let endpoint = receiver.endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000")];
    child::run("ig_3_a_forked_child_has_fresh_ids_and_its_own_exporter", &variables, || {
        let traced = traced::init().unwrap();
        let outer = Span::start("outer");
        let attached = outer.attach();
        work("parent before");
        match fork::fork().unwrap() {
            fork::Fork::Child => {
                let traced = traced::after_fork().unwrap();
                (0..25).for_each(|_| work("child"));
                let again = outer.attach();
                (0..25).for_each(|_| work("child, under a handle from before the fork"));
                drop(again);
                // The parent's to export, even if it ends here, too.
                outer.end();
                traced.shutdown(TIMEOUT).unwrap();
                // Past the test harness of the parent, whose threads are not here.
                std::process::exit(0);
            }
            fork::Fork::Parent(child) => {
                (0..50).for_each(|_| work("parent"));
                let status = fork::waitpid(child).unwrap();
                assert_eq!(status, 0, "the child's end");
            }
        }
        drop(attached);
        outer.end();
        traced.shutdown(TIMEOUT).unwrap();
    });
    if std::env::var_os("TRACED_TEST_CHILD").is_some() {
        return;
    }
    let spans = receiver.wait_for(TIMEOUT, |spans| spans.len() >= 102).unwrap();
    assert_eq!(spans.len(), 102, "each span arrives once, from the process that it ended in");
    let ids: HashSet<_> = spans.iter().map(|span| span.span_id.clone()).collect();
    assert_eq!(ids.len(), 102, "ids do not repeat");
    let outer = spans.iter().find(|span| span.name == "outer").unwrap();
    let children = spans.iter().filter(|span| span.parent_span_id == outer.span_id).count();
    assert_eq!(children, 101, "the child's spans hang below the span that was open at the fork");
    assert_ne!(outer.span_id, SpanId::INVALID.to_bytes());
}

/// In a forked child, whose end the parent waits for.
fn child_ends(status: i32) {
    assert_eq!(status, 0, "the child's end: 2304 is that of one that hung");
}

#[test]
fn forked_child_without_after_fork_ends_at_once_and_says_what_to_do() {
    const NAME: &str = "forked_child_without_after_fork_ends_at_once_and_says_what_to_do";
    let said = child::run(NAME, &[], || {
        let memory = traced::MemoryExporter::default();
        let guard = traced::builder().exporter(memory.clone()).init().unwrap();
        work("parent before");
        match fork::fork().unwrap() {
            fork::Fork::Child => {
                child::ends_by_itself();
                work("child");
                // Nobody is there to export: it would wait as long as it may.
                let hour = Duration::from_secs(3600);
                traced::flush(hour).unwrap();
                traced::shutdown(hour).unwrap();
                drop(guard);
                std::process::exit(0);
            }
            fork::Fork::Parent(child) => child_ends(fork::waitpid(child).unwrap()),
        }
        work("parent after");
        guard.shutdown(TIMEOUT).unwrap();
        assert_eq!(memory.spans().len(), 2);
    });
    if let Some(said) = said {
        let lines = said.lines().filter(|line| line.contains("traced::after_fork")).count();
        assert_eq!(lines, 1, "{said}");
    }
}

#[test]
fn after_fork_does_not_wait_for_threads_that_are_not_there() {
    const NAME: &str = "after_fork_does_not_wait_for_threads_that_are_not_there";
    child::run(NAME, &[("OTEL_TRACES_EXPORTER", "none")], || {
        let guard = traced::builder().init().unwrap();
        for _ in 0..2 {
            std::thread::spawn(|| {
                let header = [("traceparent", "nonsense"), ("baggage", "no pair")];
                loop {
                    drop(traced::propagation::extract(&header[..]));
                    traced::on_diagnostic(|_| ());
                }
            });
        }
        for _ in 0..150 {
            match fork::fork().unwrap() {
                fork::Fork::Child => {
                    child::ends_by_itself();
                    let guard = traced::after_fork().unwrap();
                    drop(traced::propagation::extract(&[("traceparent", "nonsense")][..]));
                    traced::set_filter("").unwrap();
                    traced::on_diagnostic(|_| ());
                    work("child");
                    guard.shutdown(TIMEOUT).unwrap();
                    std::process::exit(0);
                }
                fork::Fork::Parent(child) => child_ends(fork::waitpid(child).unwrap()),
            }
        }
        drop(guard);
    });
}

#[test]
fn forked_child_goes_on_with_the_filter_and_the_sink_of_its_parent() {
    const NAME: &str = "forked_child_goes_on_with_the_filter_and_the_sink_of_its_parent";
    child::run(NAME, &[("OTEL_TRACES_EXPORTER", "none")], || {
        static SAID: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        traced::on_diagnostic(|_| {
            SAID.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
        traced::set_filter("work=off").unwrap();
        traced::propagation::set_global(traced::propagation::TraceContextPropagator);
        match fork::fork().unwrap() {
            fork::Fork::Child => {
                let memory = traced::MemoryExporter::default();
                let guard = traced::builder().exporter(memory.clone()).init_after_fork().unwrap();
                work("child");
                drop(traced::propagation::extract(&[("traceparent", "nonsense")][..]));
                guard.shutdown(TIMEOUT).unwrap();
                assert_eq!((memory.spans().len(), SAID.load(std::sync::atomic::Ordering::Relaxed) >= 1), (0, true));
                std::process::exit(0);
            }
            fork::Fork::Parent(child) => child_ends(fork::waitpid(child).unwrap()),
        }
    });
}
