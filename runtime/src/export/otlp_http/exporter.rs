//! The exporter: spans in, requests out.

use std::fmt;

use ureq::http::HeaderMap;

use super::client::{Accepted, Client, Payload};
use super::encoding::Encoding;
use super::format::Format;
use crate::export::otlp::credentials::Credentials;
use crate::export::said::Said;
use crate::export::verdict;
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
use traced_core::__runtime::diagnostics;

/// Exports to an OpenTelemetry Collector, or any backend that takes OTLP over HTTP.
///
/// What fails on the way, or is answered with 429, 502, 503 or 504, is sent again after growing pauses, or after the
/// one that `Retry-After` asks for if it is longer. The spans wait meanwhile in memory, within its bound. What is
/// answered with 413 is sent in halves. Everything else is refused for good, counted and said.
///
/// ```
/// use std::time::Duration;
/// use traced::OtlpHttpExporter;
///
/// let exporter = OtlpHttpExporter::builder()
///     .endpoint("http://collector:4318")
///     .header("x-tenant", "shop")
///     .timeout(Duration::from_secs(5))
///     .build()?;
/// # Ok::<(), traced::otlp::OtlpError>(())
/// ```
pub struct OtlpHttpExporter {
    pub(super) client: Client,
    pub(super) encoding: Encoding,
    pub(super) format: Format,
    pub(super) headers: HeaderMap,
    pub(super) credentials: Option<Credentials>,
    /// What was said about answers.
    pub(super) said: Said,
}

impl OtlpHttpExporter {
    fn post(&mut self, chunks: &[&[u8]], format: Format, call: &ExportCall<'_>) -> Result<(), ExportError> {
        verdict::check_size(chunks.iter().map(|chunk| chunk.len()).sum())?;
        let compressed = self.encoding.compress(chunks.iter().copied());
        let compressed = compressed.map_err(|error| ExportError::new(error.to_string()))?;
        let chunks = match &compressed {
            Some(compressed) => vec![compressed.as_slice()],
            None => chunks.to_vec(),
        };
        let mut payload = Payload { chunks, encoding: self.encoding, format, headers: self.headers.clone() };
        if let Some(credentials) = &self.credentials {
            credentials.add_to(&mut payload.headers, self.client.endpoint().uri(), &payload.chunks)?;
        }
        let accepted = self.client.attempt(&payload, call.time_left())?;
        self.tell(accepted)
    }

    /// What a receiver says that took the request.
    fn tell(&mut self, accepted: Accepted) -> Result<(), ExportError> {
        let peer = self.client.peer();
        if let Some(content_type) = accepted.foreign.filter(|_| self.said.is_first("foreign")) {
            diagnostics::warn(format_args!(
                "otlp-http: {peer} answered 200 with {content_type}, and does not look like a receiver of OTLP; the spans \
                 count as exported{}",
                peer.hint
            ));
        }
        peer.tell(accepted.partial, &mut self.said)
    }
}

impl SpanExporter for OtlpHttpExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        if batch.is_empty() {
            return Ok(());
        }
        let request = self.format.write(batch);
        self.post(&request.chunks().collect::<Vec<_>>(), self.format, call)
    }

    fn takes_requests(&self) -> bool {
        true
    }

    fn export_request(&mut self, request: &[u8], call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.post(&[request], Format::Protobuf, call)
    }

    fn destination(&self) -> Option<String> {
        Some(self.client.peer().to_string())
    }

    fn name(&self) -> &str {
        "otlp-http"
    }
}

impl fmt::Debug for OtlpHttpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpHttpExporter").field("endpoint", &self.client.peer().to_string()).finish_non_exhaustive()
    }
}
