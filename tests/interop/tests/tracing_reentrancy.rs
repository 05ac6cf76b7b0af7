//! Code that is called from inside the layer and uses `tracing` itself: no deadlock, no endless recursion, nothing lost.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Once, mpsc};
use std::time::Duration;

use traced::sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use traced::testing::{Capture, capture, tree};
use traced::{ExportCall, ExportError, SpanBatch, SpanExporter, traced};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// A layer that logs, and opens a span, inside each callback, but not inside of what that calls.
struct Chatty;

thread_local! {
    static IS_CHATTING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

static CHATS: AtomicUsize = AtomicUsize::new(0);

fn chat() {
    if !IS_CHATTING.replace(true) {
        CHATS.fetch_add(1, Ordering::Relaxed);
        info_span!("chat").in_scope(|| info!("chatting"));
        IS_CHATTING.set(false);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Chatty {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // Holding what other layers may need, as bad layers do.
        let span = context.span(id).unwrap();
        let _extensions = span.extensions();
        chat();
    }

    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
        chat();
    }

    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        chat();
    }

    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        chat();
    }

    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        chat();
    }

    fn on_close(&self, _: Id, _: Context<'_, S>) {
        // The registry never frees a span, nor its parents, that is closed inside of this callback.
        let was_chatting = IS_CHATTING.replace(true);
        info!("chatting");
        IS_CHATTING.set(was_chatting);
    }
}

/// A layer that writes what layers keep of every span around an event or a new span, as those that format them do:
/// nobody may hold a lock on that while calling out.
struct Writing;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Writing {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        context.span_scope(id).into_iter().flatten().for_each(|span| drop(span.extensions_mut()));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        context.event_scope(event).into_iter().flatten().for_each(|span| drop(span.extensions_mut()));
    }
}

/// For the process: a subscriber that is the default on one thread is not called from inside of itself.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer()).with(Writing).with(Chatty);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// Fails instead of hanging.
fn within_seconds<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || done.send(run()));
    is_done.recv_timeout(Duration::from_secs(20)).expect("no deadlock")
}

/// The tree without what the chatty layer added.
fn tree_without_chats(spans: &[traced::FinishedSpan]) -> String {
    let text = tree(spans);
    text.lines().filter(|line| !line.contains("chat")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_layer_that_logs_inside_a_callback() {
    install();
    let spans = within_seconds(|| {
        capture(|| {
            info_span!("span", n = tracing::field::Empty).in_scope(|| {
                tracing::Span::current().record("n", 1);
                info!("event");
            });
        })
    });
    assert_eq!(tree_without_chats(&spans), "span n=1\n  · event level=INFO target=tracing_reentrancy\n");
    assert!(CHATS.load(Ordering::Relaxed) >= 6);
    assert!(spans.iter().any(|span| span.view().name() == "chat"), "its spans are spans like others");
}

/// A value whose formatting opens spans of both kinds.
struct Tracing;

impl fmt::Display for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[traced]
        fn formatting() -> &'static str {
            info!("formatting");
            traced::attrs!(formatted = true);
            "formatted"
        }

        info_span!("opened while formatting").in_scope(|| f.write_str(formatting()))
    }
}

#[test]
fn a_display_that_opens_a_span() {
    install();
    let spans = within_seconds(|| {
        capture(|| {
            let span = info_span!("span", first = %Tracing, late = tracing::field::Empty);
            let _entered = span.enter();
            span.record("late", tracing::field::display(Tracing));
            info!(field = %Tracing, "{}", Tracing);
        })
    });
    let text = tree_without_chats(&spans);
    let span = text.lines().find(|line| line.starts_with("span")).unwrap();
    assert_eq!(span, "span first=formatted late=formatted");
    assert!(text.contains("  · formatted level=INFO target=tracing_reentrancy field=formatted\n"), "{text}");
    // Its own spans are left out of the trace while the layer formats; those of `#[traced]` functions are not.
    assert!(text.contains("formatting formatted=true\n"), "{text}");
}

/// The layer works again after a `Display` that panicked in it.
#[test]
fn a_display_that_panics() {
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("a Display that panics")
        }
    }

    install();
    let spans = within_seconds(|| {
        capture(|| {
            info_span!("noted", value = %Panics).in_scope(|| {});
            info_span!("span").in_scope(|| info!("event"));
            assert_eq!(traced::current_ids(), None);
        })
    });
    let expected =
        "noted value=\"(the value's formatting panicked)\"\nspan\n  · event level=INFO target=tracing_reentrancy\n";
    assert_eq!(tree_without_chats(&spans), expected);
}

/// A sampler that logs, for root spans of both kinds.
struct Logging;

impl Sampler for Logging {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        info_span!("sampling").in_scope(|| info!("sampling"));
        SamplingResult::new(SamplingDecision::RecordAndSample, request)
    }

    fn description(&self) -> String {
        "Logging".to_owned()
    }
}

#[test]
fn a_sampler_that_logs() {
    install();
    let spans = within_seconds(|| {
        let capture = Capture::builder().sampler(Logging).start();
        capture.run(|| info_span!("span").in_scope(|| info!("event"))).1
    });
    let text = tree_without_chats(&spans);
    assert!(text.ends_with("span\n  · event level=INFO target=tracing_reentrancy\n"), "{text}");
}

/// An exporter whose client is instrumented with `tracing`, which also spawns threads in its spans.
struct Instrumented(mpsc::Sender<Vec<String>>);

impl SpanExporter for Instrumented {
    fn export(&mut self, batch: &SpanBatch<'_>, _: &ExportCall<'_>) -> Result<(), ExportError> {
        let names = batch.spans().map(|span| span.name().to_owned()).collect();
        info_span!("export").in_scope(|| {
            info!("exporting");
            let span = info_span!("request");
            std::thread::spawn(move || span.in_scope(|| info_span!("connect").in_scope(|| {}))).join().unwrap();
        });
        self.0.send(names).map_err(|error| ExportError::new(error.to_string()))
    }

    fn name(&self) -> &str {
        "instrumented"
    }
}

#[test]
fn an_exporter_that_is_instrumented_with_tracing() {
    install();
    let (sender, exported) = mpsc::channel();
    let names = within_seconds(move || {
        let guard = traced::builder().exporter(Instrumented(sender)).init().unwrap();
        info_span!("span").in_scope(|| {});
        traced::flush(Duration::from_secs(5)).unwrap();
        traced::flush(Duration::from_secs(5)).unwrap();
        drop(guard);
        exported.iter().flatten().collect::<Vec<_>>()
    });
    assert!(names.contains(&"span".to_owned()), "{names:?}");
    for own in ["export", "request", "connect"] {
        assert!(!names.contains(&own.to_owned()), "{names:?}");
    }
}

/// The library's own warnings, sent to `tracing` by the program, from inside of the layer.
#[test]
fn diagnostics_that_are_logged() {
    install();
    traced::on_diagnostic(|message| info!("{message}"));
    let spans = within_seconds(|| {
        let limits = traced::SpanLimits::default().with_attributes(1);
        let capture = Capture::builder().span_limits(limits).start();
        capture.run(|| info_span!("span", a = 1, b = 2).in_scope(|| {})).1
    });
    assert!(spans.iter().any(|span| span.view().name() == "span"));
}
