//! Their span exporters in place of ours.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use opentelemetry::Context as OtelContext;
use opentelemetry::trace::{Event, SpanContext as OtelSpanContext};
use opentelemetry_sdk::Resource as OtelResource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter as OtelSpanExporter, SpanLinks};

use super::convert::{saturated, to_attributes, to_key_value, to_kind, to_link, to_scope, to_status};
use super::ids::{to_flags, to_span_id, to_trace_id, to_trace_state};
use traced::Resource;
use traced::SpanId;
use traced::view::EventView;
use traced::view::SpanView;
use traced::{ExportCall, ExportError, SpanBatch, SpanExporter};

/// How long an exporter of theirs may take to shut down.
const SHUTDOWN: Duration = Duration::from_secs(5);
/// How often a call that waits looks whether its deadline has come nearer.
const LOOK: Duration = Duration::from_millis(50);

/// Makes an exporter of OpenTelemetry's SDK one of ours.
///
/// Its futures are driven on the exporter's own thread, with telemetry suppressed, until the deadline of the call. There
/// is no async runtime on that thread: of exporters that send over HTTP, take those with a blocking client.
///
/// Bytes, maps and lists of mixed types become text, since the SDK's values cannot hold them: base64 and JSON.
///
/// ```
/// use opentelemetry_sdk::trace::{SpanData, SpanExporter};
///
/// #[derive(Debug)]
/// struct Names;
///
/// impl SpanExporter for Names {
///     async fn export(&self, batch: Vec<SpanData>) -> opentelemetry_sdk::error::OTelSdkResult {
///         batch.iter().for_each(|span| println!("{}", span.name));
///         Ok(())
///     }
/// }
///
/// let _traced = traced::builder().exporter(traced_opentelemetry::exporter(Names)).init().unwrap();
/// ```
pub fn exporter(exporter: impl OtelSpanExporter + 'static) -> impl SpanExporter {
    Foreign { exporter, resource: None }
}

struct Foreign<E> {
    exporter: E,
    /// The resource that the exporter knows.
    resource: Option<Resource>,
}

impl<E: OtelSpanExporter + 'static> SpanExporter for Foreign<E> {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        let _suppressed = OtelContext::enter_telemetry_suppressed_scope();
        if self.resource.as_ref() != Some(batch.resource()) {
            self.exporter.set_resource(&to_resource(batch.resource()));
            self.resource = Some(batch.resource().clone());
        }
        let spans = batch.spans().map(|span| to_span_data(&span)).collect();
        match block_on(self.exporter.export(spans), call) {
            Some(result) => result.map_err(|error| failed(&error)),
            None => {
                Err(ExportError::new("the OpenTelemetry exporter did not finish in time; see OTEL_BSP_EXPORT_TIMEOUT"))
            }
        }
    }

    fn flush(&mut self, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let _suppressed = OtelContext::enter_telemetry_suppressed_scope();
        self.exporter.force_flush().map_err(|error| failed(&error))
    }

    fn shutdown(&mut self) {
        let _suppressed = OtelContext::enter_telemetry_suppressed_scope();
        if let Err(error) = self.exporter.shutdown_with_timeout(SHUTDOWN) {
            traced_core::__runtime::diagnostics::warn(format_args!("shutdown of an OpenTelemetry exporter: {error}"));
        }
    }

    fn name(&self) -> &str {
        "opentelemetry"
    }
}

fn failed(error: &OTelSdkError) -> ExportError {
    ExportError::new(error.to_string())
}

fn to_resource(resource: &Resource) -> OtelResource {
    let attributes: Vec<_> = resource.attributes().iter().cloned().map(to_key_value).collect();
    let builder = OtelResource::builder_empty();
    match resource.schema_url() {
        "" => builder.with_attributes(attributes),
        url => builder.with_schema_url(attributes, url.to_owned()),
    }
    .build()
}

fn to_span_data(span: &SpanView<'_>) -> SpanData {
    let mut events = SpanEvents::default();
    events.events = span.events().map(|event| to_event(&event)).collect();
    events.dropped_count = saturated(span.dropped_events());
    let mut links = SpanLinks::default();
    links.links = span.links().map(|link| to_link(&link)).collect();
    links.dropped_count = saturated(span.dropped_links());
    SpanData {
        span_context: OtelSpanContext::new(
            to_trace_id(span.trace_id()),
            to_span_id(span.span_id()),
            to_flags(span.trace_flags()),
            false,
            to_trace_state(span.trace_state()),
        ),
        parent_span_id: to_span_id(span.parent_span_id().unwrap_or(SpanId::INVALID)),
        parent_span_is_remote: span.parent_is_remote(),
        span_kind: to_kind(span.kind()),
        name: span.name().to_owned().into(),
        start_time: span.start_time(),
        end_time: span.end_time(),
        attributes: to_attributes(span.attributes()),
        dropped_attributes_count: saturated(span.dropped_attributes()),
        events,
        links,
        status: to_status(span.status()),
        instrumentation_scope: to_scope(span.scope()),
    }
}

fn to_event(event: &EventView<'_>) -> Event {
    let attributes = to_attributes(event.attributes());
    Event::new(event.name().to_owned(), event.time(), attributes, saturated(event.dropped_attributes()))
}

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Drives a future on this thread until it is done; `None` when the call's deadline comes first.
fn block_on<F: Future>(future: F, call: &ExportCall<'_>) -> Option<F::Output> {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = call.time_left();
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left.min(LOOK));
    }
}
