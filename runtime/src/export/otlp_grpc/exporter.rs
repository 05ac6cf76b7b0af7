//! The exporter: spans in, requests out.

use std::fmt;
use std::time::Duration;

use http::uri::PathAndQuery;
use tokio::runtime::Runtime;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use super::codec::{Bytes, Message};
use crate::export::said::Said;
use crate::export::verdict;
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
use traced_core::__runtime::response::PartialSuccess;

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

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
/// # Ok::<(), traced::otlp::OtlpGrpcError>(())
/// ```
pub struct OtlpGrpcExporter {
    pub(super) endpoint: Endpoint,
    /// Made by the exporter's thread, which it belongs to.
    pub(super) connection: Option<Connection>,
    pub(super) headers: MetadataMap,
    pub(super) timeout: Option<Duration>,
    #[cfg(feature = "gzip")]
    pub(super) gzip: bool,
    pub(super) said: Said,
}

/// What lives as long as the exporter's thread.
pub(super) struct Connection {
    runtime: Runtime,
    channel: Channel,
}

impl OtlpGrpcExporter {
    /// The endpoint as it may be shown.
    fn shown(&self) -> String {
        let uri = self.endpoint.uri();
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        format!("{}://{host}", uri.scheme_str().unwrap_or_default())
    }

    fn connection(&mut self) -> Result<&Connection, ExportError> {
        if self.connection.is_none() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| ExportError::later(format!("gRPC cannot be started: {error}")))?;
            let channel = {
                let _inside = runtime.enter();
                self.endpoint.connect_lazy()
            };
            self.connection = Some(Connection { runtime, channel });
        }
        self.connection.as_ref().ok_or_else(|| ExportError::later("there is no connection"))
    }

    fn send(&mut self, message: Message, timeout: Duration) -> Result<Response<Vec<u8>>, ExportError> {
        let headers = self.headers.clone();
        #[cfg(feature = "gzip")]
        let gzip = self.gzip;
        let Connection { runtime, channel } = self.connection()?;
        let mut client = tonic::client::Grpc::new(channel.clone());
        #[cfg(feature = "gzip")]
        if gzip {
            client = client.send_compressed(tonic::codec::CompressionEncoding::Gzip);
        }
        let mut request = Request::new(message);
        *request.metadata_mut() = headers;
        let answer = runtime.block_on(async {
            let send = async {
                client.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
                client.unary(request, PathAndQuery::from_static(METHOD), Bytes).await
            };
            tokio::time::timeout(timeout, send).await
        });
        match answer {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(status)) => Err(self.judge(&status)),
            Err(_) => {
                let (endpoint, seconds) = (self.shown(), timeout.as_secs_f64());
                Err(self.later(format!("no answer from {endpoint} in {seconds:.1} s")))
            }
        }
    }

    fn post(&mut self, message: Message, call: &ExportCall<'_>) -> Result<(), ExportError> {
        let time_left = call.time_left();
        let timeout = self.timeout.map_or(time_left, |timeout| timeout.min(time_left));
        let response = self.send(message, timeout)?;
        self.tell(response.get_ref())
    }

    fn judge(&self, status: &Status) -> ExportError {
        let endpoint = self.shown();
        if is_transport(status) {
            let reason = source_of(status);
            let hint = self.hint(&reason);
            return self.later(format!("cannot reach {endpoint}: {reason}{hint}"));
        }
        let (code, message) = (status.code(), verdict::explanation(status.message()).unwrap_or_default());
        let advice = advice(code);
        let reason = format!("{endpoint} answered {code:?} ({message}){advice}");
        verdict::of_grpc_status(code as i32, reason, status.details())
    }

    fn later(&self, reason: String) -> ExportError {
        ExportError::later(reason).with_advice(
            ". Start a receiver of OTLP/gRPC there, set OTEL_EXPORTER_OTLP_ENDPOINT to where one is, or set \
             OTEL_TRACES_EXPORTER to `console` or `none`",
        )
    }

    fn hint(&self, reason: &str) -> &'static str {
        if self.endpoint.uri().port_u16() == Some(4318) {
            " (4318 is the port of OTLP/HTTP; OTLP/gRPC is usually at 4317)"
        } else if reason.contains("frame with invalid size") {
            // The first bytes of HTTP/1.1, read as a frame's length.
            " (it does not speak HTTP/2: a receiver of OTLP/HTTP? For that, set OTEL_EXPORTER_OTLP_PROTOCOL to \
             http/protobuf; those of OTLP/gRPC usually listen at port 4317)"
        } else {
            ""
        }
    }

    fn tell(&mut self, body: &[u8]) -> Result<(), ExportError> {
        let Some(PartialSuccess { rejected_spans, message }) = PartialSuccess::parse(body) else { return Ok(()) };
        let (endpoint, message) = (self.shown(), message.escape_debug());
        if rejected_spans > 0 {
            let reason = format!("{endpoint} rejected {rejected_spans} spans: {message}");
            return Err(ExportError::rejected(rejected_spans, reason).of_class("partial success"));
        }
        if self.said.is_first("partial success") {
            traced_core::__runtime::diagnostics::warn(format_args!(
                "otlp-grpc: {endpoint} accepted all spans and says: {message}"
            ));
        }
        Ok(())
    }
}

/// Errors of the connection come as any status: what they have as their source says what they are.
fn is_transport(status: &Status) -> bool {
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        if error.is::<tonic::transport::Error>() || error.is::<std::io::Error>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// The last cause, which says more than what it is wrapped in.
fn source_of(status: &Status) -> String {
    let mut last: &dyn std::error::Error = status;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

const fn advice(code: Code) -> &'static str {
    match code {
        Code::Unauthenticated | Code::PermissionDenied => "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS",
        Code::Unimplemented => "; nothing there takes traces by OTLP/gRPC: check the endpoint",
        Code::ResourceExhausted => "; make batches smaller, or raise the receiver's limit",
        _ => "",
    }
}

impl SpanExporter for OtlpGrpcExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        let request = batch.otlp_request();
        if request.len() > verdict::MAX_REQUEST {
            return Err(ExportError::too_large(format!("a request of {} bytes is too large", request.len())));
        }
        self.post(Message::Stitched(request), call)
    }

    fn takes_requests(&self) -> bool {
        true
    }

    fn export_request(&mut self, request: &[u8], call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.post(Message::Whole(request.to_vec()), call)
    }

    /// Here, on the thread that the connection belongs to.
    fn shutdown(&mut self) {
        self.connection = None;
    }

    fn name(&self) -> &str {
        "otlp-grpc"
    }

    fn destination(&self) -> Option<String> {
        Some(self.shown())
    }
}

impl fmt::Debug for OtlpGrpcExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpGrpcExporter").field("endpoint", &self.shown()).finish_non_exhaustive()
    }
}
