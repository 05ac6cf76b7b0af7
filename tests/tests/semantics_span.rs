//! The specification's rows about providers, scopes, identities, ids and spans, each test named after its row.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use traced::testing::{self, Capture};
use traced::{
    Batch, Context, ExportCall, ExportError, Exporter, FinishedSpan, IdGenerator, KeyValue, MemoryExporter, Resource,
    Sampler, SamplingDecision, SamplingRequest, SamplingResult, Scope, Span, SpanContext, SpanId, SpanKind,
    SpanProcessor, SpanView, Status, StatusView, TraceFlags, TraceId, TraceState, ValueView, traced,
};
use traced_tests::child;
use traced_tests::otlp::{Decoded, DecodedSpan, text};

const LONG: Duration = Duration::from_secs(30);

/// One initialisation for all tests of this process: each looks at its own traces.
static DECODED: LazyLock<Decoded> = LazyLock::new(|| {
    let decoded = Decoded::default();
    let resource = Resource::new([KeyValue::new("service.name", "semantics")], "https://example.com/resource/1");
    std::mem::forget(
        traced::builder().exporter(decoded.clone()).detect_resource(false).resource(resource).init().unwrap(),
    );
    decoded
});

/// What is exported of one trace, which `run` records and names.
fn exported(run: impl FnOnce() -> TraceId) -> Vec<DecodedSpan> {
    // Some have the same trace id, that of a remote parent.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    LazyLock::force(&DECODED);
    let trace_id = run();
    traced::flush(LONG).unwrap();
    DECODED.take_trace(trace_id)
}

fn find<'a>(spans: &'a [FinishedSpan], name: &str) -> SpanView<'a> {
    spans.iter().map(FinishedSpan::view).find(|span| span.name() == name).unwrap()
}

fn state(text: &str) -> TraceState {
    text.parse().unwrap()
}

fn remote(flags: u8) -> SpanContext {
    let (trace_id, span_id) = (TraceId::from_u128(0xabc), SpanId::from_u64(0xdef));
    SpanContext::remote(trace_id, span_id, TraceFlags::from_byte(flags), state("a=1,b=2"))
}

const SCOPE: Scope = Scope { name: "a library", version: "1.2.3", schema_url: "https://example.com/schema/1" };

#[test]
fn tp_1_scope_has_name_version_and_schema_url() {
    let spans = exported(|| {
        let span = Span::builder("scoped").scope(SCOPE).start();
        span.end();
        span.span_context().trace_id()
    });
    let scope = spans[0].scope.scope.as_ref().unwrap();
    assert_eq!((&*scope.name, &*scope.version), (SCOPE.name, SCOPE.version));
    assert_eq!(spans[0].scope.schema_url, SCOPE.schema_url);
    assert_eq!(spans[0].resource.schema_url, "https://example.com/resource/1");
}

#[test]
fn tp_3_providers_do_not_mix() {
    let (first, second) = (Capture::new(), Capture::new());
    let _first = first.context().attach();
    let outer = Span::start("first");
    {
        let _second = second.context().attach();
        Span::start("second").end();
    }
    let _outer = outer.attach();
    Span::start("first's child").end();
    outer.end();
    let names =
        |capture: &Capture| -> Vec<_> { capture.take().iter().map(|span| span.view().name().to_owned()).collect() };
    assert_eq!((names(&first), names(&second)), (vec!["first's child".into(), "first".into()], vec!["second".into()]));
}

#[test]
fn tp_10_starting_by_hand_does_not_make_current() {
    let ((), spans) = Capture::new().run(|| {
        let span = Span::start("by hand");
        assert_eq!(traced::current_ids(), None);
        Span::start("other").end();
        span.end();
    });
    assert_eq!(find(&spans, "other").parent_span_id(), None);
}

#[traced]
fn of_this_package() {
    Span::builder("of a library").scope(SCOPE).start().end();
    Span::builder("of its other version").scope(Scope { version: "2", ..SCOPE }).start().end();
    Span::builder("of a library again").scope(SCOPE).start().end();
}

#[test]
fn tp_12_spans_are_grouped_by_scope_under_one_resource() {
    child::run("tp_12_spans_are_grouped_by_scope_under_one_resource", &[], || {
        LazyLock::force(&DECODED);
        of_this_package();
        of_this_package();
        traced::flush(LONG).unwrap();
        let requests = DECODED.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].resource_spans.len(), 1);
        let resource = &requests[0].resource_spans[0];
        assert_eq!(text(&resource.resource.as_ref().unwrap().attributes, "service.name"), Some("semantics"));
        let scopes = resource.scope_spans.iter().map(|scope| {
            let named = scope.scope.as_ref().unwrap();
            (named.name.as_str(), named.version.as_str(), scope.schema_url.as_str(), scope.spans.len())
        });
        let mut scopes: Vec<_> = scopes.collect();
        scopes.sort_unstable();
        let expected = [
            (SCOPE.name, SCOPE.version, SCOPE.schema_url, 4),
            (SCOPE.name, "2", SCOPE.schema_url, 2),
            ("traced-tests", env!("CARGO_PKG_VERSION"), "", 2),
        ];
        assert_eq!(scopes, expected);
    });
}

#[test]
fn sc_1_ids_are_fixed_size_with_hex_and_bytes() {
    let trace_id = TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").unwrap();
    assert_eq!(trace_id.to_bytes()[..3], [0x0a, 0xf7, 0x65]);
    assert_eq!(TraceId::from_bytes(trace_id.to_bytes()).to_string(), "0af7651916cd43dd8448eb211c80319c");
    let span_id = SpanId::from_hex("00f067aa0ba902b7").unwrap();
    assert_eq!(SpanId::from_bytes(span_id.to_bytes()).to_string(), "00f067aa0ba902b7");
    for (trace_id, span_id) in [(TraceId::INVALID, span_id), (trace_id, SpanId::INVALID)] {
        assert!(!SpanContext::new(trace_id, span_id, TraceFlags::NONE, TraceState::EMPTY).is_valid());
    }
    assert!(SpanContext::new(trace_id, span_id, TraceFlags::NONE, TraceState::EMPTY).is_valid());
    assert_eq!(TraceId::from_hex(&"0".repeat(32)), None);
}

#[test]
fn sc_2_only_extracted_contexts_are_remote() {
    for flags in [0, 1] {
        Capture::new().run(|| {
            let caller = Context::current().with_span_context(remote(flags));
            assert!(caller.span_context().is_remote());
            let child = Span::builder("child").parent(caller).start();
            assert!(!child.span_context().is_remote());
            let grandchild = Span::builder("grandchild").parent(child.context()).start();
            assert!(!grandchild.span_context().is_remote());
        });
    }
}

#[test]
fn sc_3_child_has_its_parents_trace_id_and_state() {
    let spans = exported(|| {
        let child = Span::builder("child").parent(Context::new().with_span_context(remote(1))).start();
        let grandchild = Span::builder("grandchild").parent(child.context()).start();
        assert_eq!(grandchild.span_context().trace_state().as_str(), "a=1,b=2");
        grandchild.end();
        child.end();
        child.span_context().trace_id()
    });
    assert_eq!(spans.len(), 2);
    for found in &spans {
        assert_eq!(found.span.trace_id, remote(1).trace_id().to_bytes());
        assert_eq!(found.span.trace_state, "a=1,b=2");
    }
    assert_eq!(spans[0].span.parent_span_id, spans[1].span.span_id);
    assert_eq!(spans[1].span.parent_span_id, remote(1).span_id().to_bytes());
}

#[traced]
fn caller() {
    new_trace();
    new_linked_trace();
}

#[traced(root)]
fn new_trace() {}

#[traced(root(link))]
fn new_linked_trace() {}

#[test]
fn sc_4_roots_can_be_forced_and_get_new_trace_ids() {
    let spans = testing::capture(caller);
    let outer = find(&spans, "caller");
    let mut trace_ids = HashSet::from([outer.trace_id()]);
    for name in ["new_trace", "new_linked_trace"] {
        let root = find(&spans, name);
        assert_eq!(root.parent_span_id(), None);
        assert!(trace_ids.insert(root.trace_id()), "a new trace");
    }
    let links: Vec<_> = find(&spans, "new_linked_trace").links().map(|link| link.span_id()).collect();
    assert_eq!(links, [outer.span_id()]);
    assert_eq!(find(&spans, "new_trace").links().count(), 0);
}

#[test]
fn sc_5_only_sampled_and_random_flags_are_kept() {
    for (incoming, expected) in [(0x03, 0x03), (0x01, 0x01), (0xff, 0x03), (0xfd, 0x01)] {
        let ((), spans) = Capture::new().run(|| {
            let span = Span::builder("child").parent(Context::current().with_span_context(remote(incoming))).start();
            assert_eq!(span.span_context().trace_flags().to_byte(), expected, "{incoming:x}");
        });
        assert_eq!(spans[0].view().trace_flags().to_byte(), expected);
    }
    assert_eq!(testing::capture(|| Span::start("root").end())[0].view().trace_flags().to_byte(), 3);
}

/// Answers the same to everybody, and remembers what it was asked.
#[derive(Clone)]
struct Asked {
    decision: SamplingDecision,
    requests: Arc<Mutex<Vec<(TraceId, SpanContext, String, Vec<String>)>>>,
}

impl Asked {
    fn new(decision: SamplingDecision) -> Self {
        Self { decision, requests: Arc::default() }
    }
}

impl Sampler for Asked {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let keys = request.attributes.clone().map(|attribute| attribute.key.to_owned()).collect();
        let asked = (request.trace_id, request.parent.clone(), request.name.to_owned(), keys);
        self.requests.lock().unwrap().push(asked);
        SamplingResult::new(self.decision, request)
    }

    fn description(&self) -> String {
        "Asked".to_owned()
    }
}

#[test]
fn sc_6_dropped_spans_have_ids_of_their_own() {
    let sampler = Asked::new(SamplingDecision::Drop);
    let capture = Capture::builder().sampler(sampler.clone()).start();
    let ((), spans) = capture.run(|| {
        let root = Span::start("root");
        let child = Span::builder("child").parent(root.context()).start();
        let (root, child) = (root.span_context(), child.span_context());
        assert!(root.is_valid() && child.is_valid() && !root.is_sampled());
        assert_eq!(root.trace_id(), child.trace_id());
        assert_ne!(root.span_id(), child.span_id());
        let requests = sampler.requests.lock().unwrap();
        assert_eq!(requests[0].0, root.trace_id(), "the trace id is there before the sampler is asked");
        assert_eq!(requests[1].1, root);
    });
    assert_eq!(spans.len(), 0);
}

#[test]
fn sc_7_wrapped_span_context_does_nothing() {
    let wrapped = Span::from_span_context(remote(1));
    assert_eq!(wrapped.span_context(), remote(1));
    assert!(!wrapped.is_recording());
    wrapped.set_attribute("k", 1);
    wrapped.add_event("e", &[]);
    wrapped.set_status(Status::Ok);
    wrapped.update_name("n");
    wrapped.end();
    assert_eq!(wrapped.span_context(), remote(1));
    let ((), spans) = Capture::new().run(|| {
        let _current = wrapped.attach();
        Span::start("child in no provider").end();
    });
    assert_eq!(spans.len(), 0);
}

struct Counting(AtomicU64);

impl IdGenerator for Counting {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_u128(self.0.fetch_add(1, Ordering::SeqCst).into())
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_u64(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

#[test]
fn ig_1_id_generator_can_be_replaced() {
    let capture = Capture::builder().id_generator(Counting(AtomicU64::new(5))).start();
    let ((), spans) = capture.run(|| {
        let root = Span::start("root");
        Span::builder("child").parent(root.context()).start().end();
        root.end();
    });
    let (child, root) = (spans[0].view(), spans[1].view());
    assert_eq!((root.trace_id(), root.span_id()), (TraceId::from_u128(5), SpanId::from_u64(6)));
    assert_eq!((child.trace_id(), child.span_id()), (TraceId::from_u128(5), SpanId::from_u64(7)));
    // It does not say that its ids are random.
    assert_eq!(root.trace_flags(), TraceFlags::SAMPLED);
}

#[test]
fn ig_1_default_ids_look_random() {
    const ROUNDS: usize = 4_000;
    let ids: Vec<_> = testing::capture(|| (0..ROUNDS).for_each(|_| Span::start("root").end()))
        .iter()
        .map(|span| (span.view().trace_id().to_u128(), span.view().span_id().to_u64()))
        .collect();
    for bit in 0..128 {
        let ones = ids.iter().filter(|(trace_id, _)| trace_id >> bit & 1 == 1).count();
        // Seven standard deviations: fails by chance once in 10^10 runs of 192 bits.
        assert!(ones.abs_diff(ROUNDS / 2) < 7 * 32, "bit {bit} of trace ids: {ones} of {ROUNDS}");
    }
    for bit in 0..64 {
        let ones = ids.iter().filter(|(_, span_id)| span_id >> bit & 1 == 1).count();
        assert!(ones.abs_diff(ROUNDS / 2) < 7 * 32, "bit {bit} of span ids: {ones} of {ROUNDS}");
    }
}

#[test]
fn ig_2_roots_carry_the_random_flag() {
    let spans = testing::capture(|| Span::start("root").end());
    assert!(spans[0].view().trace_flags().is_random());
    // A child of a trace whose id is not known to be random does not claim it.
    let ((), spans) = Capture::new().run(|| {
        Span::builder("child").parent(Context::current().with_span_context(remote(1))).start().end();
    });
    assert!(!spans[0].view().trace_flags().is_random());
}

#[test]
fn ig_3_ids_of_many_threads_are_distinct() {
    let threads: Vec<_> = (0..64)
        .map(|_| std::thread::spawn(|| testing::capture(|| (0..100).for_each(|_| Span::start("root").end()))))
        .collect();
    let spans: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let trace_ids: HashSet<_> = spans.iter().map(|span| span.view().trace_id()).collect();
    let span_ids: HashSet<_> = spans.iter().map(|span| span.view().span_id()).collect();
    assert_eq!((trace_ids.len(), span_ids.len()), (6_400, 6_400));
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
    traced::set!(late = 2);
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
    let requests = sampler.requests.lock().unwrap();
    let seen = |index: usize| (requests[index].2.as_str(), requests[index].3.iter().map(String::as_str).collect());
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
    traced::set!(after = 1);
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
    let parent = find(&spans, "parent").span_id();
    for name in ["before", "after"] {
        assert_eq!(find(&spans, name).parent_span_id(), Some(parent));
        assert_eq!(find(&spans, name).trace_id(), find(&spans, "parent").trace_id());
    }
}

struct Stalled(std::sync::mpsc::Receiver<()>);

impl Exporter for Stalled {
    fn export(&mut self, _batch: &Batch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
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
    traced::set!(here = true);
}

#[test]
fn sp_8_handle_of_a_functions_span_works_elsewhere() {
    let spans = testing::capture(shares_its_span);
    let attributes = spans[0].view().attributes();
    assert_eq!(attributes.clone().get("from"), Some(ValueView::Str("another thread")));
    assert_eq!(attributes.clone().get("here"), Some(ValueView::Bool(true)));
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
        let limits = traced::SpanLimits { attributes: 2, events: 0, ..traced::SpanLimits::default() };
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
