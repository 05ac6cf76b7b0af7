//! The specification's rows about providers, scopes, identities and ids, each test named after its row.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use traced::sampler::SamplingDecision;
use traced::testing::{self, Capture};
use traced::{
    Context, IdGenerator, Resource, Span, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState, assert_tree,
    traced,
};
use traced_tests::asked::Asked;
use traced_tests::child;
use traced_tests::otlp::text;

use super::exported::{DECODED, exported};
use super::remote::{SCOPE, remote};

const LONG: Duration = Duration::from_secs(30);

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
    assert_eq!(spans[0].resource.schema_url, Resource::sdk().schema_url());
    assert!(spans[0].resource.schema_url.starts_with("https://opentelemetry.io/schemas/"));
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
    let first = first.take();
    assert_tree!(first, "first\n  first's child");
    assert_eq!(first.names(), ["first's child", "first"], "in the order of their ends");
    assert_tree!(second.take(), "second");
}

#[test]
fn tp_10_starting_by_hand_does_not_make_current() {
    let ((), spans) = Capture::new().run(|| {
        let span = Span::start("by hand");
        assert_eq!(traced::current_ids(), None);
        Span::start("other").end();
        span.end();
    });
    assert_tree!(spans, "by hand\nother");
}

#[traced]
fn of_this_package() {
    Span::builder("of a library").scope(SCOPE).start().end();
    Span::builder("of its other version").scope(SCOPE.with_version("2")).start().end();
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
    assert_tree!(spans, "caller\nnew_trace\nnew_linked_trace\n  ↗ caller");
    let trace_ids: HashSet<_> = spans.iter().map(|span| span.view().trace_id()).collect();
    assert_eq!(trace_ids.len(), 3, "new traces");
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
        let questions = sampler.questions();
        assert_eq!(questions[0].trace_id, root.trace_id(), "the trace id is there before the sampler is asked");
        assert_eq!(questions[1].parent, root);
    });
    assert_eq!(spans.len(), 0);
}

#[test]
fn sc_7_wrapped_span_context_does_nothing() {
    // Alone in its process, where there is no other provider.
    child::run("sc_7_wrapped_span_context_does_nothing", &[], wrapped_span_context);
}

fn wrapped_span_context() {
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

/// Makes ids that stand for nothing.
struct Zeros;

impl traced::IdGenerator for Zeros {
    fn new_trace_id(&self) -> TraceId {
        TraceId::INVALID
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::INVALID
    }
}

#[traced::traced]
fn with_zeros() {}

#[test]
fn ids_of_zeros_are_replaced() {
    let capture = Capture::builder().id_generator(Zeros).start();
    let (after, spans) = capture.run(|| {
        with_zeros();
        Span::start("by hand").end();
        traced::Context::current().span_context().is_valid()
    });
    assert!(!after, "a span is still current");
    assert_eq!(spans.len(), 2);
    let trace_ids: HashSet<_> = spans.iter().map(|span| span.view().trace_id()).collect();
    assert_eq!(trace_ids.len(), 2, "each is a root");
    assert!(spans.iter().all(|span| span.view().trace_id().is_valid() && span.view().span_id().is_valid()));
}
