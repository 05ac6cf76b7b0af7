//! A span as it arrived.

use std::ops::Deref;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;

/// A received span with what it came under. Dereferences to the decoded OTLP span.
#[derive(Clone, Debug)]
pub struct ReceivedSpan {
    /// The span itself.
    pub span: Span,
    /// The resource.
    pub resource: Arc<Resource>,
    /// The schema URL of the resource.
    pub resource_schema_url: Arc<str>,
    /// The instrumentation scope.
    pub scope: Arc<InstrumentationScope>,
    /// The schema URL of the scope.
    pub scope_schema_url: Arc<str>,
}

impl ReceivedSpan {
    /// The trace id in hexadecimal.
    #[must_use]
    pub fn trace_id_hex(&self) -> String {
        hex(&self.span.trace_id)
    }

    /// The span id in hexadecimal.
    #[must_use]
    pub fn span_id_hex(&self) -> String {
        hex(&self.span.span_id)
    }

    /// The parent's span id in hexadecimal; empty for the root of a trace.
    #[must_use]
    pub fn parent_id_hex(&self) -> String {
        hex(&self.span.parent_span_id)
    }

    /// The resource's `service.name`; empty if there is none.
    #[must_use]
    pub fn service(&self) -> &str {
        find(&self.resource.attributes, "service.name").and_then(as_str).unwrap_or_default()
    }

    /// The value of one of the span's attributes.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.span.attributes, key)
    }

    /// The value of one of the span's attributes, if it is text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.attribute(key).and_then(as_str)
    }

    /// The message of the status, if it is Error.
    #[must_use]
    pub fn error_message(&self) -> Option<&str> {
        const ERROR: i32 = 2;
        self.span.status.as_ref().filter(|status| status.code == ERROR).map(|status| status.message.as_str())
    }
}

impl Deref for ReceivedSpan {
    type Target = Span;

    fn deref(&self) -> &Span {
        &self.span
    }
}

/// All spans of a request.
pub(super) fn spans_of(request: ExportTraceServiceRequest) -> Vec<ReceivedSpan> {
    let mut spans = Vec::new();
    for resource_spans in request.resource_spans {
        let resource = Arc::new(resource_spans.resource.unwrap_or_default());
        let resource_schema_url = Arc::<str>::from(resource_spans.schema_url);
        for scope_spans in resource_spans.scope_spans {
            let scope = Arc::new(scope_spans.scope.unwrap_or_default());
            let scope_schema_url = Arc::<str>::from(scope_spans.schema_url);
            spans.extend(scope_spans.spans.into_iter().map(|span| ReceivedSpan {
                span,
                resource: Arc::clone(&resource),
                resource_schema_url: Arc::clone(&resource_schema_url),
                scope: Arc::clone(&scope),
                scope_schema_url: Arc::clone(&scope_schema_url),
            }));
        }
    }
    spans
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

fn as_str(value: &Value) -> Option<&str> {
    match value {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
