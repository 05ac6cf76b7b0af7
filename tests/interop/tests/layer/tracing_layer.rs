//! What spans and events of `tracing` become.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::error::Error;
use std::fmt;

use tracing::field::Empty;
use tracing::{Level, debug, error, info, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

use traced::testing::{Capture, capture, tree};
use traced::view::SpanView;
use traced::{Context, FinishedSpan, Span, SpanContext, SpanId, SpanKind, TraceFlags, TraceId, Value, assert_tree};

/// Captures with this layer on this thread.
fn run_with(layer: traced::subscriber::Layer, run: impl FnOnce()) -> Vec<FinishedSpan> {
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || capture(run).into())
}

fn run(run: impl FnOnce()) -> Vec<FinishedSpan> {
    run_with(traced::subscriber::layer(), run)
}

fn named<'a>(spans: &'a [FinishedSpan], name: &str) -> SpanView<'a> {
    spans.iter().map(FinishedSpan::view).find(|span| span.name() == name).unwrap()
}

fn attribute(span: SpanView<'_>, key: &str) -> Option<Value> {
    span.attributes().find(|attribute| attribute.key == key).map(|attribute| attribute.value.to_owned())
}

#[derive(Debug)]
struct Refused(Cause);

#[derive(Debug)]
struct Cause;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no stock")
    }
}

impl Error for Cause {}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn values_keep_their_types() {
    let spans = run(|| {
        let bytes: &[u8] = &[1, 2];
        let error: &(dyn Error + 'static) = &Refused(Cause);
        info_span!("types", b = true, i = -1, u = u64::MAX, wide = i128::MIN, f = 0.5, s = "text", r#type = 1, bytes, error, d = ?[1], %Cause).in_scope(|| {});
    });
    let span = named(&spans, "types");
    let expected: [(&str, Value); 11] = [
        ("b", true.into()),
        ("i", (-1).into()),
        ("u", "18446744073709551615".into()),
        ("wide", "-170141183460469231731687303715884105728".into()),
        ("f", 0.5.into()),
        ("s", "text".into()),
        ("type", 1.into()),
        ("bytes", Value::Bytes(vec![1, 2])),
        ("error", "refused".into()),
        ("d", "[1]".into()),
        ("Cause", "no stock".into()),
    ];
    for (key, value) in expected {
        assert_eq!(attribute(span, key), Some(value), "{key}");
    }
}

#[test]
fn the_target_is_the_scope_and_the_place_is_known() {
    let line = line!() + 1;
    let body = || info_span!(target: "shop::db", "query").in_scope(|| {});
    let spans = run(body);
    let span = named(&spans, "query");
    assert_eq!(span.scope().name, "shop::db");
    assert_eq!(attribute(span, "code.file.path"), Some(file!().into()));
    assert_eq!(attribute(span, "code.line.number"), Some(line.into()));
    assert_eq!(attribute(span, "code.function.name"), None);
    let spans = run_with(traced::subscriber::layer().location(false), body);
    assert_eq!(named(&spans, "query").attributes().count(), 0);
}

#[test]
fn special_fields_at_the_start() {
    let spans = run(|| {
        info_span!("a", otel.name = "GET /", otel.kind = "server", otel.status_code = "OK", n = 1).in_scope(|| {});
        info_span!("b", otel.kind = ?SpanKind::Client, otel.status_description = "why").in_scope(|| {});
        info_span!("c", otel.kind = "no such kind", otel.status_code = %"error", otel.other = 1).in_scope(|| {});
    });
    assert_tree!(spans, "GET / [server] n=1 ✓\nb [client] ✗ why\nc otel.other=1 ✗");
}

#[test]
fn special_fields_recorded_late() {
    let spans = run(|| {
        let span = info_span!(
            "late",
            otel.name = Empty,
            otel.kind = "client",
            otel.status_code = Empty,
            otel.status_message = Empty,
            n = 1,
            m = Empty
        );
        span.record("otel.status_message", "why");
        span.record("otel.status_code", "ERROR");
        span.record("otel.kind", "producer");
        span.record("otel.name", "send");
        span.record("n", 2);
        span.in_scope(|| span.record("m", "set"));
        span.record("n", 3);
    });
    assert_tree!(spans, "send [producer] m=set n=3 ✗ why");
}

#[test]
fn a_span_starts_when_it_is_created_and_ends_when_it_is_closed() {
    let spans = run(|| {
        let span = info_span!("outer");
        let clone = span.clone();
        let created = std::time::SystemTime::now();
        span.in_scope(|| info_span!("inner").in_scope(|| {}));
        span.in_scope(|| info!("again"));
        drop(span);
        info_span!("before the end").in_scope(|| {});
        drop(clone);
        assert!(created.elapsed().is_ok());
    });
    let (outer, inner) = (named(&spans, "outer"), named(&spans, "inner"));
    let last = named(&spans, "before the end");
    assert!(outer.start_unix_nanos() <= inner.start_unix_nanos());
    assert!(outer.end_unix_nanos() >= last.end_unix_nanos());
    assert_tree!(
        spans,
        "
        outer
          · again level=INFO target=layer::tracing_layer
          inner
        before the end
        "
    );
}

#[test]
fn parents_that_tracing_names() {
    #[traced::traced]
    fn annotated(elsewhere: &tracing::Span) {
        info_span!(parent: elsewhere, "child of elsewhere").in_scope(|| {});
        info_span!(parent: None, "root").in_scope(|| info_span!("child of root").in_scope(|| {}));
        info!(parent: elsewhere, "event of elsewhere");
        info!(parent: None, "event of nothing");
    }

    let spans = run(|| annotated(&info_span!("elsewhere")));
    assert_tree!(
        spans,
        "
        elsewhere
          · event of elsewhere level=INFO target=layer::tracing_layer
          child of elsewhere
        annotated
        root
          child of root
        "
    );
}

#[test]
fn a_span_that_follows_from_another_has_a_link() {
    let spans = run(|| {
        let (first, second) = (info_span!("first"), info_span!("second"));
        second.follows_from(&first);
    });
    assert_tree!(spans, "first\nsecond\n  ↗ first");
}

#[test]
fn events() {
    #[traced::traced]
    fn innermost() {
        info!(n = 1, ok = true, "message {}", 2);
    }

    let spans = run(|| {
        info_span!("outer").in_scope(|| {
            innermost();
            debug!("not at the default level");
            info!(target: "shop", who = %"me");
        });
        info!("in no span");
    });
    // An event without a message is named after its place in the code.
    let event = spans.iter().find(|span| span.name() == "outer").unwrap().view().events().next().unwrap();
    assert!(event.name().starts_with("event "), "{}", event.name());
    assert_tree!(
        spans,
        &format!(
            "
            outer
              · {} level=INFO target=shop who=me
              innermost
                · message 2 level=INFO target=layer::tracing_layer n=1 ok=true
            ",
            event.name()
        )
    );
}

/// Fields whose keys something else has, too.
#[test]
fn keys_that_something_else_has() {
    let spans = run(|| {
        info_span!("span", code.file.path = "elsewhere", a = 1).in_scope(|| {
            info!(level = 5, r#type = "t", "overwritten");
            error!(exception.message = "mine", cause = &Refused(Cause) as &dyn Error, "an error");
        });
    });
    let text = tree(&spans);
    let (first, last) = text.split_once("  · an error ").unwrap();
    assert_eq!(first, "span a=1\n  · overwritten target=layer::tracing_layer level=5 type=t\n");
    let once = ["level=ERROR", "exception.message=\"refused: no stock\"", "cause=\"refused: no stock\""];
    assert!(once.iter().all(|attribute| last.matches(attribute).count() == 1), "{last}");
    let path = attribute(named(&spans, "span"), "code.file.path");
    assert_eq!(path, Some(Value::from("elsewhere")));
}

#[test]
fn messages_that_are_no_text() {
    let spans = run(|| {
        info_span!("span").in_scope(|| {
            info!(message = 5, n = 2);
            info!(message = &Refused(Cause) as &dyn Error);
        });
    });
    assert_tree!(
        spans,
        r#"
        span
          · 5 level=INFO target=layer::tracing_layer n=2
          · refused level=INFO target=layer::tracing_layer exception.message="refused: no stock"
        "#
    );
}

/// At a limit, what is known of the call site counts as the rest does.
#[test]
fn limits_of_events() {
    let within = |limits: traced::SpanLimits| {
        let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
        let capture = Capture::builder().span_limits(limits).start();
        let run = || info_span!("span").in_scope(|| info!(n = 1, who = "somebody", "a long message"));
        tracing::subscriber::with_default(subscriber, || capture.run(run).1)
    };
    let limits = traced::SpanLimits::default();
    let few = limits.with_event_attributes(3);
    assert_tree!(
        within(few),
        "
        span
          · a long message level=INFO target=layer::tracing_layer n=1 (1 attribute dropped)
        "
    );
    let short = limits.with_attribute_value_length(Some(4));
    assert_tree!(within(short), "span\n  · a long message level=INFO target=laye n=1 who=some");
}

#[test]
fn the_level_of_events_is_an_option() {
    let body = || {
        info_span!("span").in_scope(|| {
            debug!("debug");
            info!("info");
            error!("error");
        });
    };
    let count = |layer| named(&run_with(layer, body), "span").events().count();
    assert_eq!(count(traced::subscriber::layer()), 2);
    assert_eq!(count(traced::subscriber::layer().events(Level::ERROR)), 1);
    assert_eq!(count(traced::subscriber::layer().events(Level::TRACE)), 3);
    assert_eq!(count(traced::subscriber::layer().events(tracing::level_filters::LevelFilter::OFF)), 0);
}

#[test]
fn errors_in_events() {
    #[instrument(err)]
    fn fails() -> Result<(), Refused> {
        Err(Refused(Cause))
    }

    let body = || {
        let _ = fails();
        info_span!("logged").in_scope(|| error!("went wrong"));
        let error: &(dyn Error + 'static) = &Refused(Cause);
        info_span!("handled").in_scope(|| info!(error, "went on without"));
    };
    let exception = "  · exception level=ERROR target=layer::tracing_layer error=refused exception.message=refused\n";
    let handled = "handled\n  · went on without level=INFO target=layer::tracing_layer error=\"refused: no stock\" \
                   exception.message=\"refused: no stock\"\n";
    let logged = "  · went wrong level=ERROR target=layer::tracing_layer\n";
    assert_tree!(run(body), &format!("fails ✗ refused\n{exception}logged\n{logged}{handled}"));
    let with_status = run_with(traced::subscriber::layer().error_events_set_status(true), body);
    assert_tree!(with_status, &format!("fails ✗ refused\n{exception}logged ✗ went wrong\n{logged}{handled}"));
}

#[test]
fn records_of_the_log_crate() {
    let log = tracing_log::LogTracer::new();
    let spans = run(|| {
        let _span = info_span!("span").entered();
        log::Log::log(
            &log,
            &log::Record::builder()
                .level(log::Level::Warn)
                .target("shop::db")
                .module_path(Some("shop::db"))
                .file(Some("src/db.rs"))
                .line(Some(7))
                .args(format_args!("said {}", 1))
                .build(),
        );
    });
    let event = named(&spans, "span").events().next().unwrap();
    let attributes: Vec<_> =
        event.attributes().map(|attribute| (attribute.key.to_owned(), attribute.value.to_owned())).collect();
    let expected: [(&str, Value); 4] = [
        ("level", "WARN".into()),
        ("target", "shop::db".into()),
        ("code.file.path", "src/db.rs".into()),
        ("code.line.number", 7.into()),
    ];
    assert_eq!(event.name(), "said 1");
    assert_eq!(attributes, expected.map(|(key, value)| (key.to_owned(), value)));
}

#[test]
fn a_remote_parent_is_continued() {
    let remote =
        SpanContext::remote(TraceId::from_u128(7), SpanId::from_u64(8), TraceFlags::SAMPLED, "v=1".parse().unwrap());
    let capture = Capture::new();
    let context = capture.within(Context::new().with_span_context(remote));
    let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
    tracing::subscriber::with_default(subscriber, || {
        let _guard = context.attach();
        info_span!("server").in_scope(|| assert_eq!(Span::current().span_context().trace_state().as_str(), "v=1"));
    });
    let spans = capture.take();
    let span = named(&spans, "server");
    assert_eq!((span.trace_id(), span.parent_span_id()), (TraceId::from_u128(7), Some(SpanId::from_u64(8))));
}

#[test]
fn what_is_not_sampled_is_not_recorded_and_has_ids() {
    let capture = Capture::builder().sampler(traced::sampler::AlwaysOff).start();
    let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
    let ((), spans) = tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            info_span!("outer").in_scope(|| {
                let outer = traced::current_ids().unwrap();
                let inner = info_span!("inner").in_scope(|| traced::current_ids().unwrap());
                assert_eq!(outer.trace_id(), inner.trace_id());
                assert_ne!(outer.span_id(), inner.span_id());
                assert!(!inner.is_sampled());
            });
        })
    });
    assert!(spans.is_empty());
}

/// A `tracing` span that is switched off leaves its place to what is around it, on another thread, too.
#[test]
fn a_filtered_span_passes_its_parent_on() {
    #[traced::traced]
    fn annotated() {}

    traced::set_filter("filtered_away=off").unwrap();
    let spans = run(|| {
        info_span!("outer").in_scope(|| {
            let filtered = info_span!(target: "filtered_away", "filtered_away");
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            let work = move || {
                filtered.in_scope(annotated);
                // The registry closes the parent, too, where it is the default.
                drop(filtered);
            };
            std::thread::spawn(move || tracing::dispatcher::with_default(&dispatch, work)).join().unwrap();
        });
    });
    assert_tree!(spans, "outer\n  annotated");
}

#[test]
fn one_span_entered_on_several_threads_at_once() {
    let spans = run(|| {
        let span = info_span!("shared");
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let barrier = std::sync::Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    tracing::dispatcher::with_default(&dispatch, || {
                        let (_outer, _again) = (span.enter(), span.enter());
                        barrier.wait();
                        info_span!("part").in_scope(|| {});
                        span.record("n", 1);
                    });
                    assert_eq!(traced::current_ids(), None);
                });
            }
        });
    });
    assert_tree!(spans, "shared\n  part\n  part\n  part");
}
