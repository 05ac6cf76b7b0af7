//! An OTLP/gRPC server of other people's code that fails on command.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message as _;
use tonic::codec::CompressionEncoding;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

/// What arrived, and what is to be answered.
#[derive(Debug, Default)]
pub struct Seen {
    /// The answers to the next calls, in order.
    pub script: VecDeque<Result<ExportTraceServiceResponse, Status>>,
    /// What calls get when the script is at its end; without it they are accepted.
    pub otherwise: Option<Status>,
    /// Larger messages are refused as exhausting, as the Collector does it.
    pub most_bytes: Option<usize>,
    /// The names of accepted spans.
    pub names: Vec<String>,
    /// When each call came, refused ones included.
    pub requests: Vec<Instant>,
    /// How many spans each call had.
    pub sizes: Vec<usize>,
    /// The metadata of each call.
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
        let spans = request.resource_spans.into_iter().flat_map(|each| each.scope_spans);
        let names: Vec<_> = spans.flat_map(|each| each.spans).map(|span| span.name).collect();
        seen.sizes.push(names.len());
        let otherwise = seen.otherwise.clone().map_or_else(|| Ok(ExportTraceServiceResponse::default()), Err);
        let answer = seen.script.pop_front().unwrap_or(otherwise)?;
        seen.names.extend(names);
        Ok(Response::new(answer))
    }
}

type Configure = dyn Fn(tonic::transport::Server) -> tonic::transport::Server + Send;

/// A server on a runtime of its own, until it is dropped.
#[allow(missing_debug_implementations, reason = "a part of tests")]
pub struct Server {
    address: SocketAddr,
    service: Service,
    configure: Box<Configure>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Listens on a free loopback port, and takes requests of up to 1 MiB.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(|server| server)
    }

    /// The same with other settings, such as certificates.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start_with(
        configure: impl Fn(tonic::transport::Server) -> tonic::transport::Server + Send + 'static,
    ) -> Self {
        let mut server = Self::away_from((Ipv4Addr::LOCALHOST, 0).into());
        server.configure = Box::new(configure);
        server.come_back();
        server
    }

    /// Listens there after [`come_back`](Self::come_back).
    #[must_use]
    pub fn away_from(address: SocketAddr) -> Self {
        Self { address, service: Service::default(), configure: Box::new(|server| server), runtime: None }
    }

    /// Listens again, on the same port.
    ///
    /// # Panics
    /// If somebody else took the port meanwhile.
    pub fn come_back(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind(self.address)).expect("the port is free");
        self.address = listener.local_addr().expect("a listener has an address");
        let service = TraceServiceServer::new(self.service.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(1 << 20);
        let incoming = TcpIncoming::from(listener);
        let server = (self.configure)(tonic::transport::Server::builder()).add_service(service);
        runtime.spawn(server.serve_with_incoming(incoming));
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

    /// The URL.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What arrived, and what is to be answered.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.service.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.go_away();
    }
}

/// RESOURCE_EXHAUSTED with a `google.rpc.RetryInfo` of so many seconds, up to 127.
///
/// # Panics
/// With more of them.
#[must_use]
pub fn exhausted_for(seconds: u8) -> Status {
    assert!(seconds < 128, "one byte");
    let retry_info = b"type.googleapis.com/google.rpc.RetryInfo";
    let value = [0x12, 0x04, 0x0a, 0x02, 0x08, seconds];
    let any = [&[0x0a, retry_info.len() as u8][..], retry_info, &value].concat();
    let details = [&[0x08, 0x08, 0x1a, any.len() as u8][..], &any].concat();
    Status::with_details(Code::ResourceExhausted, "slow down", details.into())
}
