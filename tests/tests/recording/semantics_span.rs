//! The specification's rows about spans, each test named after its row.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use traced::sampler::SamplingDecision;
use traced::testing::{self, Capture};
use traced::view::{SpanView, StatusView, ValueView};
use traced::{
    Context, ExportCall, ExportError, FinishedSpan, KeyValue, Span, SpanBatch, SpanContext, SpanExporter, SpanId,
    SpanKind, Status, TraceFlags, TraceId, TraceState, assert_tree, traced,
};
use traced_tests::asked::Asked;
use traced_tests::child;
use traced_tests::otlp::text;

use super::exported::exported;
use super::remote::{remote, state};

const LONG: Duration = Duration::from_secs(30);

fn find<'a>(spans: &'a [FinishedSpan], name: &str) -> SpanView<'a> {
    spans.iter().map(FinishedSpan::view).find(|span| span.name() == name).unwrap()
}

#[test]
fn sp_1_span_has_all_fields() {
    let start = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let spans = exported(|| {
        let parent = Context::new().with_span_context(remote(3));
        let link = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::NONE, state("l=1"));
        let span = Span::builder("everything").kind(SpanKind::Consumer).parent(parent).start_time(start);
        let span = span.attribute("a", 1).link(link, vec![KeyValue::new("of", "link")]).start();
        span.add_event_at("happened", start + Duration::from_secs(1), &[KeyValue::new("of", "event")]);
        span.set_status(Status::error("broken"));
        span.end_at(start + Duration::from_secs(2));
        span.span_context().trace_id()
    });
    let span = &spans[0].span;
    assert_eq!((&*span.name, span.kind), ("everything", 5));
    assert_eq!((&*span.trace_state, span.flags), ("a=1,b=2", 0x303));
    assert_eq!(span.parent_span_id, remote(3).span_id().to_bytes());
    assert_eq!(span.start_time_unix_nano, 1_700_000_000_000_000_000);
    assert_eq!(span.end_time_unix_nano, 1_700_000_002_000_000_000);
    assert_eq!(span.attributes.len(), 1);
    let (event, link) = (&span.events[0], &span.links[0]);
    assert_eq!((&*event.name, event.time_unix_nano), ("happened", 1_700_000_001_000_000_000));
    assert_eq!(text(&event.attributes, "of"), Some("event"));
    assert_eq!(
        (link.span_id.as_slice(), &*link.trace_state, link.flags),
        (&[0, 0, 0, 0, 0, 0, 0, 2][..], "l=1", 0x100)
    );
    assert_eq!(text(&link.attributes, "of"), Some("link"));
    let status = span.status.as_ref().unwrap();
    assert_eq!((status.code, &*status.message), (2, "broken"));
}

#[traced("named", kind = client, attrs(early = 1, literal = "x"))]
fn with_arguments() {
    traced::attrs!(late = 2);
}

#[test]
fn sp_2_samplers_see_what_is_given_at_the_start() {
    let sampler = Asked::new(SamplingDecision::RecordAndSample);
    let capture = Capture::builder().sampler(sampler.clone()).start();
    let ((), spans) = capture.run(|| {
        with_arguments();
        let span = Span::builder("by hand").attribute("early", 1).start();
        span.set_attribute("late", 2);
        span.end();
    });
    let questions = sampler.questions();
    let seen =
        |index: usize| (questions[index].name.as_str(), questions[index].keys.iter().map(String::as_str).collect());
    let by_macro: (&str, HashSet<&str>) = seen(0);
    assert_eq!(by_macro, ("named", HashSet::from(["early", "literal", "code.function.name"])));
    assert_eq!(seen(1), ("by hand", HashSet::from(["early"])));
    assert_eq!(find(&spans, "named").kind(), SpanKind::Client);
}

#[test]
fn sp_2_kind_is_internal_by_default() {
    let spans = exported(|| {
        let span = Span::start("default");
        span.end();
        span.span_context().trace_id()
    });
    assert_eq!(spans[0].span.kind, 1);
}

#[test]
fn sp_3_operations_after_the_start() {
    let time = UNIX_EPOCH + Duration::from_secs(5);
    let ((), spans) = Capture::new().run(|| {
        let span = Span::start("old name");
        span.set_attribute("one", 1);
        span.set_attributes(&[KeyValue::new("two", 2), KeyValue::new("three", 3)]);
        span.add_event("now", &[]);
        span.add_event_at("then", time, &[KeyValue::new("k", "v")]);
        span.add_link(&remote(1), &[]);
        span.set_status(Status::Ok);
        span.update_name("new name");
        span.end();
    });
    let span = spans[0].view();
    assert_eq!(span.name(), "new name");
    let keys: Vec<_> = span.attributes().map(|attribute| attribute.key).collect();
    assert_eq!(keys, ["one", "two", "three"]);
    let events: Vec<_> = span.events().map(|event| (event.name(), event.time() == time)).collect();
    assert_eq!(events, [("now", false), ("then", true)]);
    assert_eq!(span.links().count(), 1);
    assert_eq!(span.status(), StatusView::Ok);
}

#[test]
fn sp_3_end_takes_a_time() {
    let end = SystemTime::now() + Duration::from_secs(100);
    let ((), spans) = Capture::new().run(|| Span::start("ends later").end_at(end));
    let nanos = end.duration_since(UNIX_EPOCH).unwrap().as_nanos();
    assert_eq!(u128::from(spans[0].view().end_unix_nanos()), nanos);
    // An end before the start would be no span.
    let ((), spans) = Capture::new().run(|| Span::start("ended earlier").end_at(UNIX_EPOCH));
    assert_eq!(spans[0].view().end_unix_nanos(), spans[0].view().start_unix_nanos());
}

#[test]
fn sp_4_nothing_happens_after_the_end() {
    let ((), spans) = Capture::new().run(|| {
        let span = Span::start("ended");
        span.set_attribute("before", 1);
        span.end();
        assert!(!span.is_recording());
        span.set_attribute("after", 1);
        span.add_event("after", &[]);
        span.add_link(&remote(1), &[]);
        span.set_status(Status::error("after"));
        span.update_name("after");
        span.record_exception(&std::fmt::Error);
        span.end_at(SystemTime::now() + Duration::from_secs(9));
        span.end();
    });
    assert_eq!(spans.len(), 1);
    let span = spans[0].view();
    assert_eq!((span.name(), span.attributes().count(), span.events().count()), ("ended", 1, 0));
    assert_eq!((span.links().count(), span.status()), (0, StatusView::Unset));
    assert!(span.duration() < Duration::from_secs(9));
}

#[test]
fn sp_4_function_whose_span_was_ended_by_hand() {
    let spans = testing::capture(ends_its_own_span);
    let names: Vec<_> = spans.iter().map(|span| span.view().name()).collect();
    assert_eq!(names, ["ends_its_own_span", "child"]);
    assert!(spans[0].view().attributes().get("after").is_none());
}

#[traced]
fn ends_its_own_span() {
    traced::current().end();
    traced::attrs!(after = 1);
    Span::start("child").end();
}

#[test]
fn sp_5_ended_span_may_be_a_parent() {
    let ((), spans) = Capture::new().run(|| {
        let parent = Span::start("parent");
        let _current = parent.attach();
        let before = Span::start("before");
        parent.end();
        Span::start("after").end();
        assert!(before.is_recording(), "its end has no effect on children");
        before.end();
    });
    assert_tree!(spans, "parent\n  before\n  after");
    assert!(spans.iter().all(|span| span.view().trace_id() == spans[0].view().trace_id()));
}

struct Stalled(std::sync::mpsc::Receiver<()>);

impl SpanExporter for Stalled {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let _ = self.0.recv();
        Ok(())
    }

    fn name(&self) -> &str {
        "stalled"
    }
}

#[test]
fn sp_5_end_does_not_wait_for_a_stalled_exporter() {
    child::run("sp_5_end_does_not_wait_for_a_stalled_exporter", &[], || {
        let (go_on, wait) = std::sync::mpsc::channel();
        let guard = traced::builder().exporter(Stalled(wait)).init().unwrap();
        Span::start("stalls").end();
        assert!(traced::flush(Duration::from_millis(50)).is_err());
        let ends = (0..1_000).map(|_| {
            let span = Span::start("ends");
            let before = Instant::now();
            span.end();
            before.elapsed()
        });
        let mut ends: Vec<_> = ends.collect();
        ends.sort_unstable();
        // The median, since the machine may be busy; a wait for the exporter would never end.
        assert!(ends[500] < Duration::from_millis(1), "{:?}", ends[500]);
        drop(go_on);
        guard.shutdown(LONG).unwrap();
    });
}

#[test]
fn sp_6_times_are_those_of_the_calls_and_children_lie_inside_parents() {
    let before = SystemTime::now();
    let ((), spans) = Capture::new().run(|| {
        let parent = Span::start("parent");
        let _current = parent.attach();
        for _ in 0..200 {
            let context = Context::current();
            let child = Span::start("child");
            std::thread::spawn(context.wrap(|| Span::start("on another thread").end())).join().unwrap();
            child.add_event("event", &[]);
            child.end();
        }
        parent.end();
    });
    let after = SystemTime::now();
    let parent = find(&spans, "parent");
    let near = Duration::from_millis(5);
    assert!(parent.start_time() >= before - near && parent.end_time() <= after + near);
    for span in &spans {
        let span = span.view();
        assert!(span.end_unix_nanos() >= span.start_unix_nanos());
        assert!(span.start_unix_nanos() >= parent.start_unix_nanos(), "{}", span.name());
        assert!(span.end_unix_nanos() <= parent.end_unix_nanos(), "{}", span.name());
        for event in span.events() {
            assert!((span.start_unix_nanos()..=span.end_unix_nanos()).contains(&event.unix_nanos()));
        }
    }
}

#[test]
fn sp_7_order_of_events_and_links_is_kept() {
    let ((), spans) = Capture::new().run(|| {
        let span = Span::start("ordered");
        for index in 0..50 {
            span.add_event(&format!("event {index}"), &[]);
            let id = SpanId::from_u64(index + 1);
            let link = SpanContext::new(TraceId::from_u128(1), id, TraceFlags::NONE, TraceState::EMPTY);
            span.add_link(&link, &[]);
        }
    });
    let span = spans[0].view();
    assert!(span.events().enumerate().all(|(index, event)| event.name() == format!("event {index}")));
    assert!(span.links().zip(1..).all(|(link, id)| link.span_id() == SpanId::from_u64(id)));
    assert_eq!((span.events().count(), span.links().count()), (50, 50));
}

#[test]
fn sp_7_links_to_nothing_are_kept_if_they_say_something() {
    let nowhere = |state| SpanContext::new(TraceId::INVALID, SpanId::INVALID, TraceFlags::NONE, state);
    let ((), spans) = Capture::new().run(|| {
        let span = Span::start("linked");
        span.add_link(&nowhere(TraceState::EMPTY), &[]);
        span.add_link(&nowhere(TraceState::EMPTY), &[KeyValue::new("k", "v")]);
        span.add_link(&nowhere(state("k=v")), &[]);
    });
    let links: Vec<_> =
        spans[0].view().links().map(|link| (link.attributes().count(), link.trace_state().to_owned())).collect();
    assert_eq!(links, [(1, String::new()), (0, "k=v".to_owned())]);
}

#[test]
fn sp_8_spans_are_used_from_many_threads() {
    let ((), spans) = Capture::new().run(|| {
        let span = Span::start("shared");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let span = span.clone();
                scope.spawn(move || {
                    for index in 0..8 {
                        span.set_attribute(&format!("{thread} {index}"), index);
                        span.add_event("event", &[KeyValue::new("thread", thread)]);
                    }
                });
            }
        });
        span.end();
    });
    let span = spans[0].view();
    assert_eq!((span.attributes().count(), span.events().count()), (64, 64));
}

#[traced]
fn shares_its_span() {
    let handle = traced::current();
    std::thread::spawn(move || handle.set_attribute("from", "another thread")).join().unwrap();
    traced::attrs!(here = true);
}

#[test]
fn sp_8_handle_of_a_functions_span_works_elsewhere() {
    let spans = testing::capture(shares_its_span);
    let attributes = spans[0].view().attributes();
    assert_eq!(attributes.get("from"), Some(ValueView::Str("another thread")));
    assert_eq!(attributes.get("here"), Some(ValueView::Bool(true)));
}

#[test]
fn sp_11_flags_of_spans_and_links() {
    let local =
        SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::from_byte(1), TraceState::EMPTY);
    let parents = [(None, 0x103), (Some(local.clone()), 0x101), (Some(remote(1)), 0x301), (Some(remote(3)), 0x303)];
    for (parent, expected) in parents {
        let spans = exported(|| {
            let context = parent.clone().map_or_else(Context::new, |parent| Context::new().with_span_context(parent));
            let span = Span::builder("flags").parent(context).start();
            span.add_link(&local, &[]);
            span.add_link(&remote(0xff), &[]);
            span.end();
            span.span_context().trace_id()
        });
        assert_eq!(spans[0].span.flags, expected, "{parent:?}");
        let links: Vec<_> = spans[0].span.links.iter().map(|link| link.flags).collect();
        assert_eq!(links, [0x101, 0x303]);
    }
}
