//! One attempt to send a request.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::uri::PathAndQuery;
use http::{HeaderMap, Uri};
use tokio::runtime::Runtime;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use ureq::ProxyProtocol;

use super::codec::{Bytes, Message};
use super::connect::{Connector, ProxyAnswered};
use super::tls;
use crate::export::ExportError;
use crate::export::otlp::peer::{Peer, is_about_a_certificate};
use crate::export::otlp::proxy::NamedProxy;
use crate::export::otlp::shown_url;
use crate::export::otlp::tls::Tls;
use crate::export::otlp::url::DEFAULT_TIMEOUT;
use crate::export::verdict;

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Longer responses are not read. OTLP exporter specification, "Response size limit": 4 MiB, and one more, by which the
/// limit is told from that of a receiver in the words that tonic has for both.
const MAX_RESPONSE: usize = (4 << 20) + 1;

/// What answers without speaking HTTP/2.
const HINT_FOR_NOISE: &str = " (it does not speak HTTP/2: a receiver of OTLP/HTTP? For that, set \
                              OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf; those of OTLP/gRPC usually listen at port \
                              4317)";
/// A connection that is closed after its handshake.
const CLOSED: &str = "connection closed (as receivers do that want a client's certificate and get none that they trust: \
                      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE)";

/// Sends to one endpoint over one connection, on the exporter's thread.
pub(super) struct Client {
    url: Uri,
    peer: Peer,
    connector: Connector,
    timeout: Option<Duration>,
    tls: Tls,
    endpoint: Endpoint,
    /// Made by the thread that it belongs to.
    runtime: Option<Runtime>,
    channel: Option<Channel>,
    #[cfg(feature = "gzip")]
    gzip: bool,
}

impl Client {
    /// Nothing is connected yet. No `timeout` means no limit on an attempt.
    ///
    /// # Errors
    ///
    /// When the certificates cannot be used.
    pub(super) fn new(uri: &Uri, timeout: Option<Duration>, mut tls: Tls) -> Result<Self, String> {
        let proxy = NamedProxy::of_environment(uri, &[ProxyProtocol::Http]);
        let endpoint = endpoint(uri, timeout, &mut tls)?;
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::from_static(METHOD));
        let peer = Peer {
            exporter: "otlp-grpc",
            url: shown_url(uri.to_string().trim_end_matches('/')).unwrap_or_else(|| "(not shown)".to_owned()),
            hint: hint(uri),
            through: proxy.as_ref().map(NamedProxy::to_string).unwrap_or_default(),
            advice: ". Start a receiver of OTLP/gRPC there, set OTEL_EXPORTER_OTLP_ENDPOINT to where one is, or set \
                     OTEL_TRACES_EXPORTER to `console` or `none`"
                .to_owned(),
        };
        Ok(Self {
            url: Uri::from_parts(parts).map_err(|error| error.to_string())?,
            peer,
            connector: Connector { proxy: proxy.map(|named| named.proxy) },
            timeout,
            tls,
            endpoint,
            runtime: None,
            channel: None,
            #[cfg(feature = "gzip")]
            gzip: false,
        })
    }

    #[cfg(feature = "gzip")]
    pub(super) fn compressing(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    pub(super) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The URL of the method.
    pub(super) const fn url(&self) -> &Uri {
        &self.url
    }

    /// Lets go of what belongs to the exporter's thread.
    pub(super) fn close(&mut self) {
        self.channel = None;
        self.runtime = None;
    }

    /// Sends once, in no more than `time_left`; twice if certificates have changed meanwhile. Returns the response.
    pub(super) fn attempt(
        &mut self,
        message: Message,
        headers: &HeaderMap,
        time_left: Duration,
    ) -> Result<Vec<u8>, ExportError> {
        let time = self.peer.time_for_attempt(self.timeout, time_left)?;
        let (start, message) = (Instant::now(), Arc::new(message));
        let mut answer = self.send(&message, headers, time)?;
        if !answer.as_ref().is_some_and(Result::is_ok) && self.has_new_certificates() {
            answer = self.send(&message, headers, time.saturating_sub(start.elapsed()))?;
        }
        match answer {
            Some(Ok(response)) => Ok(response),
            Some(Err(status)) => Err(self.judge(&status)),
            None => {
                // Whoever does not answer may have gone without a word: the next attempt asks for a new connection.
                self.channel = None;
                Err(self.peer.no_answer(time, self.timeout))
            }
        }
    }

    /// Takes certificates that have changed since they were read. Those that cannot be read are as they were.
    fn has_new_certificates(&mut self) -> bool {
        let endpoint = if self.tls.have_changed() {
            endpoint(&self.endpoint.uri().clone(), self.timeout, &mut self.tls).ok()
        } else {
            None
        };
        endpoint.map(|endpoint| (self.endpoint, self.channel) = (endpoint, None)).is_some()
    }

    /// `None` when there is no answer in time.
    fn send(
        &mut self,
        message: &Arc<Message>,
        headers: &HeaderMap,
        time: Duration,
    ) -> Result<Option<Result<Vec<u8>, Status>>, ExportError> {
        let Self { runtime, channel, endpoint, connector, .. } = self;
        let runtime = match runtime {
            Some(runtime) => runtime,
            None => runtime.insert(new_runtime()?),
        };
        let channel = channel.get_or_insert_with(|| {
            let _inside = runtime.enter();
            endpoint.connect_with_connector_lazy(connector.clone())
        });
        let mut client = tonic::client::Grpc::new(channel.clone()).max_decoding_message_size(MAX_RESPONSE);
        #[cfg(feature = "gzip")]
        if self.gzip {
            client = client.send_compressed(tonic::codec::CompressionEncoding::Gzip);
        }
        let mut request = Request::new(Arc::clone(message));
        *request.metadata_mut() = MetadataMap::from_headers(headers.clone());
        let answer = runtime.block_on(async {
            let send = async {
                client.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
                client.unary(request, PathAndQuery::from_static(METHOD), Bytes).await
            };
            tokio::time::timeout(time, send).await
        });
        Ok(answer.ok().map(|answer| answer.map(tonic::Response::into_inner)))
    }

    /// What hyper says when the other end closes a connection, whatever its alert was.
    fn is_closed_after_tls(&self, error: &dyn Error) -> bool {
        self.url.scheme_str() == Some("https") && error.to_string() == "connection closed"
    }

    fn judge(&self, status: &Status) -> ExportError {
        let peer = &self.peer;
        if let Some(trouble) = transport_trouble(status) {
            return match trouble {
                Trouble::Certificate(error) => peer.not_trusted(error),
                Trouble::Proxy(refused) if refused.0 == 407 => peer.refused_by_proxy(refused),
                Trouble::Proxy(other) => peer.cannot("reach", other),
                Trouble::Other(last) if self.is_closed_after_tls(last) => peer.cannot("reach", &CLOSED),
                // The first bytes of HTTP/1.1, read as a frame's length.
                Trouble::Other(last) if last.to_string().contains("frame with invalid size") => {
                    peer.talks_otherwise(&last, HINT_FOR_NOISE)
                }
                Trouble::Other(last) => peer.cannot("reach", &last),
            };
        }
        let (code, message) = (status.code(), verdict::explanation(status.message()).unwrap_or_default());
        if message.ends_with(&format!("{MAX_RESPONSE} bytes")) {
            return ExportError::new(format!("the response of {peer} is longer than {} bytes", MAX_RESPONSE - 1));
        }
        let reason = format!("{peer} answered {code:?} ({message}){}{}", advice(code), peer.through);
        verdict::of_grpc_status(code as i32, reason, status.details())
    }
}

fn new_runtime() -> Result<Runtime, ExportError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| ExportError::later(format!("gRPC cannot be started: {error}")))
}

/// What connections are made from, with the certificates that are there now.
fn endpoint(uri: &Uri, timeout: Option<Duration>, tls: &mut Tls) -> Result<Endpoint, String> {
    let endpoint = Endpoint::from(uri.clone()).connect_timeout(timeout.unwrap_or(DEFAULT_TIMEOUT));
    if uri.scheme_str() == Some("https") { tls::configure(tls, endpoint) } else { Ok(endpoint) }
}

fn hint(uri: &Uri) -> &'static str {
    if uri.port_u16() == Some(4318) { " (4318 is the port of OTLP/HTTP; OTLP/gRPC is usually at 4317)" } else { "" }
}

/// Why there was no answer.
enum Trouble<'a> {
    Certificate(&'a std::io::Error),
    Proxy(&'a ProxyAnswered),
    /// The last cause, which says more than what it is wrapped in.
    Other(&'a dyn Error),
}

/// Errors of the connection come as any status: what they have as their source says what they are.
fn transport_trouble(status: &Status) -> Option<Trouble<'_>> {
    let causes: Vec<&(dyn Error + 'static)> =
        std::iter::successors(status.source(), |error| (*error).source()).collect();
    let is_transport =
        |error: &&(dyn Error + 'static)| error.is::<tonic::transport::Error>() || error.is::<std::io::Error>();
    if !causes.iter().any(is_transport) {
        return None;
    }
    let certificate =
        causes.iter().find_map(|error| error.downcast_ref().filter(|error| is_about_a_certificate(error)));
    let proxy = causes.iter().find_map(|error| error.downcast_ref());
    certificate
        .map(Trouble::Certificate)
        .or(proxy.map(Trouble::Proxy))
        .or(causes.last().map(|last| Trouble::Other(*last)))
}

const fn advice(code: Code) -> &'static str {
    match code {
        Code::Unauthenticated | Code::PermissionDenied => "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS",
        Code::Unimplemented => "; nothing there takes traces by OTLP/gRPC: check the endpoint",
        Code::ResourceExhausted => "; make batches smaller, or raise the receiver's limit",
        _ => "",
    }
}
