//! The OpenTelemetry SDK by hand: start a span, make it current, end it.

use std::hint::black_box;
use std::sync::OnceLock;

use opentelemetry::trace::{FutureExt, Status, TraceContextExt, Tracer, TracerProvider, get_active_span};
use opentelemetry::{Context, ContextGuard, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter};

use super::{Contender, SetUp};
use crate::inputs::{CHILDREN, DEPTH, REFUSED, Refused, Session, YieldOnce, drive, number, text};
use crate::scenario::Scenario;
use crate::sink::{self, Arrived};

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// An exporter that counts; fastrace's reporter uses it as well.
#[derive(Debug)]
pub struct CountingExporter;

impl SpanExporter for CountingExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut arrived = Arrived { spans: batch.len() as u64, ..Arrived::default() };
        if sink::is_reading() {
            for span in &batch {
                arrived.attributes += span.attributes.len() as u64;
                arrived.events += span.events.len() as u64;
                arrived.errors += u64::from(matches!(span.status, Status::Error { .. }));
            }
        }
        sink::add(arrived);
        Ok(())
    }
}

/// The provider of this process; by default the SDK's batch processor with its default settings, in front of the sink.
pub(crate) fn provider(how: SetUp) -> SdkTracerProvider {
    PROVIDER.get_or_init(|| counting_provider(how)).clone()
}

/// Makes another provider that of this process, before anything asks for it.
pub(crate) fn install(provider: SdkTracerProvider) {
    TRACER.get_or_init(|| provider.tracer("bench"));
    PROVIDER.get_or_init(|| provider);
}

/// The provider that was installed.
pub(crate) fn installed() -> &'static SdkTracerProvider {
    PROVIDER.get().expect("installed first")
}

fn counting_provider(how: SetUp) -> SdkTracerProvider {
    let sampler = if how == SetUp::Unsampled { Sampler::AlwaysOff } else { Sampler::AlwaysOn };
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .with_batch_exporter(CountingExporter)
        .build()
}

/// Makes that provider the one that libraries find, with the headers of W3C.
pub fn install_global() {
    opentelemetry::global::set_tracer_provider(provider(SetUp::Recording));
    opentelemetry::global::set_text_map_propagator(opentelemetry_sdk::propagation::TraceContextPropagator::new());
}

/// Flushes that provider.
pub fn flush() {
    if let Some(provider) = PROVIDER.get() {
        provider.force_flush().expect("the sink never fails");
    }
}

/// See the module.
#[derive(Debug)]
pub struct ByHand;

impl Contender for ByHand {
    const NAME: &'static str = "OpenTelemetry SDK";
    const RECORDS: bool = true;

    /// A tracer of the SDK exists only once it is set up.
    fn takes_part(scenario: Scenario) -> bool {
        scenario != Scenario::Disabled
    }

    fn set_up(how: SetUp) {
        TRACER.get_or_init(|| provider(how).tracer("bench"));
    }

    fn flush() {
        flush();
    }

    fn root() {
        let _current = start("root");
        black_box(());
    }

    fn children() {
        let _current = start("parent");
        for i in 0..CHILDREN {
            child(i);
        }
    }

    fn attributes() {
        let text = text();
        let _current = start("parent");
        for i in 0..CHILDREN {
            attributes(number(), &text, Session(i));
        }
    }

    fn nested() {
        nested(DEPTH);
    }

    fn awaiting() {
        let _current = start("parent");
        for i in 0..CHILDREN {
            drive(awaiting(i));
        }
    }

    fn failing() {
        let _current = start("parent");
        for i in 0..CHILDREN {
            let _ = black_box(failing(i));
        }
    }

    fn event() {
        let text = text();
        let _current = start("parent");
        for i in 0..CHILDREN {
            event(i.cast_signed(), &text);
        }
    }

    async fn task() {
        let context = Context::current_with_span(tracer().start("task"));
        let work = async {
            for i in 0..CHILDREN {
                yielding(i).await;
            }
        };
        work.with_context(context).await;
    }
}

fn tracer() -> &'static SdkTracer {
    TRACER.get().expect("set up first")
}

fn start(name: &'static str) -> ContextGuard {
    Context::current_with_span(tracer().start(name)).attach()
}

#[inline(never)]
fn child(i: u64) -> u64 {
    let _current = start("child");
    black_box(i)
}

#[inline(never)]
fn attributes(number: i64, text: &str, session: Session) -> u64 {
    let attributes = [
        KeyValue::new("order.number", number),
        KeyValue::new("delivery", text.to_owned()),
        KeyValue::new("session", session.to_string()),
    ];
    let span = tracer().span_builder("attributes").with_attributes(attributes).start(tracer());
    let _current = Context::current_with_span(span).attach();
    black_box((number, text));
    black_box(session.0)
}

#[inline(never)]
fn nested(depth: u64) -> u64 {
    let _current = start("nested");
    if depth > 1 { black_box(nested(depth - 1)) } else { black_box(depth) }
}

#[inline(never)]
async fn awaiting(i: u64) -> u64 {
    let context = Context::current_with_span(tracer().start("awaiting"));
    let work = async {
        YieldOnce::default().await;
        black_box(i)
    };
    work.with_context(context).await
}

#[inline(never)]
fn failing(code: u64) -> Result<u64, Refused> {
    let _current = start("failing");
    let result: Result<u64, Refused> = Err(black_box(Refused { code }));
    if let Err(error) = &result {
        get_active_span(|span| {
            let message = error.to_string();
            let exception =
                [KeyValue::new("exception.type", REFUSED), KeyValue::new("exception.message", message.clone())];
            span.add_event("exception", exception.into());
            span.set_status(Status::error(message));
        });
    }
    result
}

#[inline(never)]
fn event(available: i64, item: &str) -> i64 {
    let _current = start("event");
    get_active_span(|span| {
        let attributes = vec![KeyValue::new("available", available), KeyValue::new("item", item.to_owned())];
        span.add_event("inventory checked", attributes);
    });
    black_box(item);
    black_box(available)
}

async fn yielding(i: u64) -> u64 {
    let context = Context::current_with_span(tracer().start("yielding"));
    let work = async {
        tokio::task::yield_now().await;
        black_box(i)
    };
    work.with_context(context).await
}
