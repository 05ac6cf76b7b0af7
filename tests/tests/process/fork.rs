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
