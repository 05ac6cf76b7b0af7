//! The contenders that can send OTLP/HTTP, each with the exporter that its own documentation names.

use std::borrow::Cow;
use std::time::Duration;

use fastrace::collector::Config;
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData};

use crate::contender::annotated::Traced;
use crate::contender::bare::Bare;
use crate::contender::by_hand::{self, ByHand};
use crate::contender::emitted::{self, Emit};
use crate::contender::fast::{Fastrace, OpenTelemetry};
use crate::contender::tracing_macros::{AsItComes, Lean, Listener, Tracing};
use crate::contender::{Contender, SetUp};
use crate::ours;

/// Attributes of a span, for sizing a queue of `SpanData` in bytes.
const ATTRIBUTES: usize = 3;
/// Heap bytes of their values.
const TEXT: usize = 40;

/// How much may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Queue {
    /// What the library does by default.
    Default,
    /// So many bytes.
    Bytes(usize),
}

/// A contender that can send.
pub trait Sends: Contender {
    /// Whether its queue can be sized at all.
    const SIZABLE: bool;
    /// Starts its pipeline, which sends to that URL.
    fn connect(url: &str, queue: Queue);
    /// Sends all that waits, and ends.
    fn finish();
    /// Spans that it says it dropped; `None` where it doesn't say.
    fn dropped() -> Option<u64> {
        None
    }
}

fn resource() -> Resource {
    Resource::builder_empty().with_attribute(KeyValue::new("service.name", "bench")).build()
}

fn exporter(url: &str) -> SpanExporter {
    let builder = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_endpoint(url);
    builder.build().expect("an address of the bench's own server")
}

/// The SDK's batch processor in front of its OTLP/HTTP exporter.
fn provider(url: &str, queue: Queue) -> SdkTracerProvider {
    let mut config = BatchConfigBuilder::default();
    if let Queue::Bytes(bytes) = queue {
        let span = size_of::<SpanData>() + ATTRIBUTES * size_of::<KeyValue>() + TEXT;
        config = config.with_max_queue_size(bytes / span);
    }
    let processor = BatchSpanProcessor::builder(exporter(url)).with_batch_config(config.build()).build();
    SdkTracerProvider::builder().with_span_processor(processor).with_resource(resource()).build()
}

fn shut_down() {
    // A failed flush shows as spans that did not arrive.
    let provider = by_hand::installed();
    let _ = provider.force_flush();
    let _ = provider.shutdown_with_timeout(Duration::from_secs(30));
}

/// What the functions and the pauses between them cost without spans.
impl Sends for Bare {
    const SIZABLE: bool = false;

    fn connect(_url: &str, _queue: Queue) {}

    fn finish() {}
}

impl Sends for ByHand {
    const SIZABLE: bool = true;

    fn connect(url: &str, queue: Queue) {
        by_hand::install(provider(url, queue));
    }

    fn finish() {
        shut_down();
    }
}

impl Sends for Tracing<AsItComes> {
    const SIZABLE: bool = true;

    fn connect(url: &str, queue: Queue) {
        by_hand::install(provider(url, queue));
        AsItComes::install(SetUp::Recording);
    }

    fn finish() {
        shut_down();
    }
}

impl Sends for Tracing<Lean> {
    const SIZABLE: bool = true;

    fn connect(url: &str, queue: Queue) {
        by_hand::install(provider(url, queue));
        Lean::install(SetUp::Recording);
    }

    fn finish() {
        shut_down();
    }
}

impl Sends for Fastrace<OpenTelemetry> {
    const SIZABLE: bool = false;

    fn connect(url: &str, _queue: Queue) {
        let scope = InstrumentationScope::builder("bench").build();
        let reporter = OpenTelemetryReporter::new(exporter(url), Cow::Owned(resource()), scope);
        fastrace::set_reporter(reporter, Config::default());
    }

    fn finish() {
        fastrace::flush();
    }
}

impl Sends for Emit {
    const SIZABLE: bool = false;

    fn connect(url: &str, _queue: Queue) {
        let otlp = emit_otlp::new()
            .resource(emit::props! { #[emit::key("service.name")] service_name: "bench" })
            .traces(emit_otlp::traces_http_proto(url))
            .spawn();
        emitted::install(otlp);
    }

    fn finish() {
        emitted::flush(Duration::from_secs(30));
    }
}

impl Sends for Traced {
    const SIZABLE: bool = true;

    fn connect(url: &str, queue: Queue) {
        let memory_limit = match queue {
            Queue::Default => None,
            Queue::Bytes(bytes) => Some(bytes),
        };
        ours::connect(url, memory_limit);
    }

    fn finish() {
        ours::finish();
    }

    fn dropped() -> Option<u64> {
        Some(traced::stats().dropped_full)
    }
}
