//! What other people's code reads in the bytes that `traced` would send.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use traced::{ExportCall, ExportError, SpanBatch, SpanExporter, TraceId};

/// An exporter that encodes each batch and keeps what prost decodes. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    requests: Mutex<Vec<ExportTraceServiceRequest>>,
    changed: Condvar,
}

/// A span with what it was grouped under.
#[derive(Clone, Debug)]
pub struct DecodedSpan {
    /// The resource's part of the request, without its spans.
    pub resource: ResourceSpans,
    /// The scope's part of the request, without its spans.
    pub scope: ScopeSpans,
    /// The span.
    pub span: Span,
}

impl Decoded {
    fn lock(&self) -> MutexGuard<'_, Vec<ExportTraceServiceRequest>> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.lock().clone()
    }

    /// All spans so far, in the order of export.
    #[must_use]
    pub fn spans(&self) -> Vec<DecodedSpan> {
        self.lock().iter().flat_map(spans_of).collect()
    }

    /// Takes the spans of one trace out, in the order of export.
    #[must_use]
    pub fn take_trace(&self, trace_id: TraceId) -> Vec<DecodedSpan> {
        let trace_id = trace_id.to_bytes();
        let mut requests = self.lock();
        let found = requests.iter().flat_map(|request| &request.resource_spans).flat_map(|resource| {
            let scopes = resource.scope_spans.iter();
            scopes.flat_map(move |scope| scope.spans.iter().map(move |span| (resource, scope, span)))
        });
        let found = found.filter(|(_, _, span)| span.trace_id == trace_id).map(decoded_span).collect();
        for scope in requests.iter_mut().flat_map(|request| &mut request.resource_spans) {
            scope.scope_spans.iter_mut().for_each(|scope| scope.spans.retain(|span| span.trace_id != trace_id));
            scope.scope_spans.retain(|scope| !scope.spans.is_empty());
        }
        requests.retain(|request| request.resource_spans.iter().any(|resource| !resource.scope_spans.is_empty()));
        found
    }

    /// Waits until the spans so far satisfy `is_enough`. Says whether they do in time.
    #[must_use]
    pub fn wait_for(&self, timeout: Duration, is_enough: impl Fn(&[DecodedSpan]) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        let mut requests = self.lock();
        loop {
            let spans: Vec<_> = requests.iter().flat_map(spans_of).collect();
            if is_enough(&spans) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            requests = self.shared.changed.wait_timeout(requests, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl SpanExporter for Decoded {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let request = batch.otlp_request();
        let bytes = request.to_vec();
        assert_eq!(bytes.len(), request.len());
        let decoded = ExportTraceServiceRequest::decode(bytes.as_slice())
            .map_err(|error| ExportError::new(format!("prost refuses the bytes: {error}")))?;
        self.lock().push(decoded);
        self.shared.changed.notify_all();
        Ok(())
    }

    fn name(&self) -> &str {
        "decoded"
    }
}

fn spans_of(request: &ExportTraceServiceRequest) -> impl Iterator<Item = DecodedSpan> {
    request.resource_spans.iter().flat_map(|resource| {
        let scopes = resource.scope_spans.iter();
        scopes.flat_map(move |scope| scope.spans.iter().map(move |span| decoded_span((resource, scope, span))))
    })
}

fn decoded_span((resource, scope, span): (&ResourceSpans, &ScopeSpans, &Span)) -> DecodedSpan {
    let ResourceSpans { resource, schema_url, .. } = resource;
    let resource =
        ResourceSpans { resource: resource.clone(), schema_url: schema_url.clone(), scope_spans: Vec::new() };
    let ScopeSpans { scope, schema_url, .. } = scope;
    let scope = ScopeSpans { scope: scope.clone(), schema_url: schema_url.clone(), spans: Vec::new() };
    DecodedSpan { resource, scope, span: span.clone() }
}

/// The value of an attribute.
#[must_use]
pub fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a any_value::Value> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    attribute.value.as_ref().and_then(|AnyValue { value }| value.as_ref())
}

/// The text of an attribute.
#[must_use]
pub fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match value(attributes, key) {
        Some(any_value::Value::StringValue(text)) => Some(text),
        _ => None,
    }
}
