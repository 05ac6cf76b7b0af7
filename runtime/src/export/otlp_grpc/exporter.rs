//! The exporter: spans in, requests out.

use std::fmt;

use http::HeaderMap;

use super::client::Client;
use super::codec::Message;
use crate::export::otlp::credentials::Credentials;
use crate::export::said::Said;
use crate::export::verdict;
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
use traced_core::__runtime::response::PartialSuccess;

/// Exports to an OpenTelemetry Collector, or any backend that takes OTLP over gRPC.
///
/// What fails on the way, or is answered with a status that says so, is sent again after growing pauses, or after the
/// one that the receiver asks for if it is longer; what is too large is sent in halves. Everything else is refused for
/// good, counted and said.
///
/// ```
/// use traced::OtlpGrpcExporter;
///
/// let exporter = OtlpGrpcExporter::builder()
///     .endpoint("http://collector:4317")
///     .header("x-tenant", "shop")
///     .build()?;
/// # Ok::<(), traced::otlp::OtlpError>(())
/// ```
pub struct OtlpGrpcExporter {
    pub(super) client: Client,
    pub(super) headers: HeaderMap,
    pub(super) credentials: Option<Credentials>,
    /// What was said about answers.
    pub(super) said: Said,
}

impl OtlpGrpcExporter {
    fn post(&mut self, message: Message, call: &ExportCall<'_>) -> Result<(), ExportError> {
        verdict::check_size(message.len())?;
        let mut headers = self.headers.clone();
        if let Some(credentials) = &self.credentials {
            credentials.add_to(&mut headers, self.client.url(), &message.chunks().collect::<Vec<_>>())?;
        }
        let response = self.client.attempt(message, &headers, call.time_left())?;
        self.client.peer().tell(PartialSuccess::parse(&response), &mut self.said)
    }
}

impl SpanExporter for OtlpGrpcExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.post(Message::Stitched(batch.otlp_request()), call)
    }

    fn takes_requests(&self) -> bool {
        true
    }

    fn export_request(&mut self, request: &[u8], call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.post(Message::Whole(request.to_vec()), call)
    }

    /// Here, on the thread that the connection belongs to.
    fn shutdown(&mut self) {
        self.client.close();
    }

    fn name(&self) -> &str {
        "otlp-grpc"
    }

    fn destination(&self) -> Option<String> {
        Some(self.client.peer().to_string())
    }
}

impl fmt::Debug for OtlpGrpcExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpGrpcExporter").field("endpoint", &self.client.peer().to_string()).finish_non_exhaustive()
    }
}
