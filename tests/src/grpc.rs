//! A server of OTLP/gRPC of other people's code that fails on command.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::codec::CompressionEncoding;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// What a server was sent, and what it answers.
#[derive(Debug, Default)]
pub struct Seen {
    /// The answers to the next requests; later ones are accepted.
    pub script: VecDeque<Result<ExportTraceServiceResponse, Status>>,
    /// Messages of more bytes are refused as exhausting, as the Collector does it.
    pub most_bytes: Option<usize>,
    /// The names of all spans that were taken.
    pub names: Vec<String>,
    /// When requests came.
    pub requests: Vec<Instant>,
    /// Their metadata as text.
    pub metadata: Vec<String>,
}

#[derive(Clone, Default)]
struct Service(Arc<Mutex<Seen>>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.requests.push(Instant::now());
        seen.metadata.push(format!("{:?}", request.metadata()));
        let request = request.into_inner();
        if seen.most_bytes.is_some_and(|most| request.encoded_len() > most) {
            return Err(Status::resource_exhausted("received message larger than max"));
        }
        let answer = seen.script.pop_front().unwrap_or_else(|| Ok(ExportTraceServiceResponse::default()))?;
        let spans = request.resource_spans.into_iter().flat_map(|each| each.scope_spans);
        seen.names.extend(spans.flat_map(|each| each.spans).map(|span| span.name));
        Ok(Response::new(answer))
    }
}

type Configure = dyn Fn(tonic::transport::Server) -> tonic::transport::Server + Send;

/// A server on a loopback port and a runtime of its own, until it is dropped.
pub struct GrpcServer {
    address: SocketAddr,
    service: Service,
    configure: Box<Configure>,
    runtime: Option<Runtime>,
}

impl GrpcServer {
    /// Listens on a free loopback port.
    ///
    /// # Panics
    /// If no port or runtime can be had.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(|server| server)
    }

    /// The same with other settings, such as certificates.
    ///
    /// # Panics
    /// If no port or runtime can be had.
    #[must_use]
    pub fn start_with(
        configure: impl Fn(tonic::transport::Server) -> tonic::transport::Server + Send + 'static,
    ) -> Self {
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            service: Service::default(),
            configure: Box::new(configure),
            runtime: None,
        };
        server.come_back();
        server
    }

    /// Listens again, on the same port.
    ///
    /// # Panics
    /// If that is taken.
    pub fn come_back(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(self.address)).expect("a loopback port");
        self.address = listener.local_addr().expect("a listener has an address");
        let service = TraceServiceServer::new(self.service.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(1 << 20);
        let server = (self.configure)(tonic::transport::Server::builder()).add_service(service);
        runtime.spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        self.runtime = Some(runtime);
    }

    /// Closes the port and cuts all connections.
    pub fn go_away(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, as `OTEL_EXPORTER_OTLP_ENDPOINT` takes it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was sent, and what it will answer.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.service.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GrpcServer {
    fn drop(&mut self) {
        self.go_away();
    }
}
