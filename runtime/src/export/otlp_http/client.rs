//! One attempt to send a request.

use std::io::{self, Read};
use std::time::{Duration, Instant, SystemTime};

use ureq::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Error, ProxyProtocol, SendBody};

use super::encoding::Encoding;
use super::endpoint::Endpoint;
use super::format::Format;
use super::resolve::Names;
use super::tls;
use crate::export::error::ExportError;
use crate::export::otlp::peer::{Peer, is_about_a_certificate};
use crate::export::otlp::proxy::NamedProxy;
use crate::export::otlp::tls::Tls;
use crate::export::verdict;
use traced_core::__runtime::response::PartialSuccess;
use traced_core::__runtime::response::status_message;

/// Longer responses are not read. OTLP exporter specification, "Response size limit".
const MAX_RESPONSE: u64 = 4 << 20;
/// A receiver that refuses a request by its size may do so before it has read it. Then its answer is lost, unless it is
/// asked first, which costs a round trip: only requests of at least this size are worth it.
const WORTH_ASKING: u64 = 64 << 10;

/// What answers without speaking HTTP/1.1, as receivers of OTLP/gRPC do, whatever their port.
const HINT_FOR_NOISE: &str = " (it does not speak HTTP/1.1: a receiver of OTLP/gRPC? For that, set \
                              OTEL_EXPORTER_OTLP_PROTOCOL to grpc; those of OTLP/HTTP usually listen at port 4318)";

/// Ways to a proxy.
const WAYS: &[ProxyProtocol] =
    if cfg!(feature = "tls") { &[ProxyProtocol::Http, ProxyProtocol::Https] } else { &[ProxyProtocol::Http] };

/// Sends to one endpoint over kept-alive connections.
pub(super) struct Client {
    agent: Agent,
    endpoint: Endpoint,
    peer: Peer,
    timeout: Option<Duration>,
    tls: Tls,
    /// The connection broke while a large request was being sent.
    asks_first: bool,
}

/// A request's body.
pub(super) struct Payload<'a> {
    pub(super) chunks: Vec<&'a [u8]>,
    pub(super) encoding: Encoding,
    pub(super) format: Format,
    pub(super) headers: HeaderMap,
}

/// What a receiver that took the request has to say.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    pub(super) partial: Option<PartialSuccess>,
    /// The content type of an answer that is none of OTLP's.
    pub(super) foreign: Option<String>,
}

/// An answer, whose body may have broken off.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Result<Vec<u8>, Error>,
}

fn agent(proxy: Option<ureq::Proxy>, tls: &mut Tls) -> Result<Agent, String> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .accept_encoding("")
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy);
    Ok(Agent::with_parts(tls::configure(tls, config)?.build(), DefaultConnector::default(), Names))
}

impl Client {
    /// No `timeout` means no limit on an attempt.
    ///
    /// # Errors
    ///
    /// When the certificates cannot be used.
    pub(super) fn new(endpoint: Endpoint, timeout: Option<Duration>, mut tls: Tls) -> Result<Self, String> {
        let proxy = NamedProxy::of_environment(endpoint.uri(), WAYS);
        let peer = Peer {
            exporter: "otlp-http",
            url: endpoint.to_string(),
            hint: endpoint.hint(),
            through: proxy.as_ref().map(NamedProxy::to_string).unwrap_or_default(),
            advice: format!(
                ". Start a receiver of OTLP/HTTP there, set {} to where one is, or set OTEL_TRACES_EXPORTER to `console` \
                 or `none`",
                endpoint.variable()
            ),
        };
        let agent = agent(proxy.map(|named| named.proxy), &mut tls)?;
        Ok(Self { agent, endpoint, peer, timeout, tls, asks_first: false })
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Sends once, in no more than `time_left`; twice if certificates have changed meanwhile.
    pub(super) fn attempt(&mut self, payload: &Payload<'_>, time_left: Duration) -> Result<Accepted, ExportError> {
        let time = self.peer.time_for_attempt(self.timeout, time_left)?;
        let start = Instant::now();
        let mut answer = self.send(payload, time);
        if answer.is_err() && self.has_new_certificates() {
            let time_left = time.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
            answer = self.send(payload, time_left);
        }
        let error = match answer {
            Ok(answer) => return self.judge(&answer),
            Err(error) => error,
        };
        let is_broken = matches!(&error, Error::Io(error) if is_broken(error.kind()));
        self.asks_first = is_broken && payload.len() >= WORTH_ASKING;
        Err(self.judge_error(&error, time))
    }

    /// Takes certificates that have changed since they were read. Those that cannot be read are as they were.
    fn has_new_certificates(&mut self) -> bool {
        let agent = if self.tls.have_changed() {
            agent(self.agent.config().proxy().cloned(), &mut self.tls).ok()
        } else {
            None
        };
        agent.map(|agent| self.agent = agent).is_some()
    }

    fn send(&self, payload: &Payload<'_>, timeout: Duration) -> Result<Answer, Error> {
        let mut reader = payload.reader();
        let mut request = Request::post(self.endpoint.uri()).body(SendBody::from_reader(&mut reader))?;
        request.headers_mut().clone_from(&payload.headers);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(payload.format.content_type()));
        // With the length known, the body is not sent in HTTP's chunks.
        request.headers_mut().insert(header::CONTENT_LENGTH, payload.len().into());
        if let Some(encoding) = payload.encoding.header() {
            request.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if self.asks_first {
            request.headers_mut().insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(timeout)).build();
        let mut response = self.agent.run(request)?;
        let body = read(response.body_mut());
        Ok(Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
    }

    /// The status decides, whatever becomes of the body: what was accepted is not sent again.
    fn judge(&self, answer: &Answer) -> Result<Accepted, ExportError> {
        let Answer { status, headers, body } = answer;
        if let Err(Error::BodyExceedsLimit(limit)) = body {
            let reason = format!("the response of {} is longer than {limit} bytes", self.peer);
            return Err(ExportError::new(reason));
        }
        let body = body.as_deref().unwrap_or_default();
        if status.is_success() {
            return Ok(accepted(headers, body));
        }
        let mut reason = format!("{} answered {status}", self.peer);
        if let Some(explanation) = explanation(headers, body) {
            reason.extend([": ", &explanation]);
        }
        reason.push_str(verdict::advice_for_http_status(status.as_u16()));
        reason.push_str(&self.peer.through);
        let asked = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked = asked.and_then(|value| verdict::retry_after(value, SystemTime::now()));
        Err(verdict::of_http_status(status.as_u16(), reason, asked))
    }

    fn judge_error(&self, error: &Error, time: Duration) -> ExportError {
        let peer = &self.peer;
        match error {
            Error::Timeout(_) => peer.no_answer(time, self.timeout),
            Error::Io(error) if is_about_a_certificate(error) => peer.not_trusted(error),
            Error::Io(io) if io.kind() == io::ErrorKind::InvalidData => peer.cannot("send to", error),
            Error::ConnectProxyFailed(why) if why.contains("407") => peer.refused_by_proxy(error),
            Error::Io(_) | Error::HostNotFound | Error::ConnectionFailed | Error::ConnectProxyFailed(_) => {
                peer.cannot("reach", error)
            }
            Error::Protocol(_) | Error::LargeResponseHeader(..) => peer.talks_otherwise(error, HINT_FOR_NOISE),
            _ => ExportError::new(format!("cannot send to {peer}: {error}{}{}", peer.hint, peer.through)),
        }
    }
}

const fn is_broken(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted)
}

fn accepted(headers: &HeaderMap, body: &[u8]) -> Accepted {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_ours = ["", "application/x-protobuf", "application/json"];
    let is_foreign = !is_ours.contains(&content_type.split(';').next().unwrap_or_default().trim());
    if is_foreign && !body.is_empty() {
        return Accepted { partial: None, foreign: verdict::explanation(content_type) };
    }
    let is_json = content_type.starts_with("application/json");
    Accepted { partial: if is_json { partial_in_json(body) } else { PartialSuccess::parse(body) }, foreign: None }
}

/// What does not read as such is full success.
#[cfg(feature = "otlp-json")]
fn partial_in_json(body: &[u8]) -> Option<PartialSuccess> {
    let response: serde_json::Value = serde_json::from_slice(body).ok()?;
    let partial = response.get("partialSuccess")?;
    // 64-bit numbers are strings in JSON; some receivers send numbers.
    let number = |value: &serde_json::Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let rejected_spans = partial.get("rejectedSpans").and_then(number).unwrap_or(0);
    let message = partial.get("errorMessage").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    (rejected_spans > 0 || !message.is_empty()).then_some(PartialSuccess { rejected_spans, message })
}

/// Nothing that is sent as protobuf is answered in JSON.
#[cfg(not(feature = "otlp-json"))]
fn partial_in_json(_body: &[u8]) -> Option<PartialSuccess> {
    None
}

fn read(body: &mut Body) -> Result<Vec<u8>, Error> {
    body.with_config().limit(MAX_RESPONSE).read_to_vec()
}

/// What the receiver says in the body: a protobuf `Status`, or plain text.
fn explanation(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = if content_type.starts_with("application/x-protobuf") {
        status_message(body)?
    } else if content_type.starts_with("text/plain") || content_type.starts_with("application/json") {
        std::str::from_utf8(body).ok()?
    } else {
        return None;
    };
    verdict::explanation(text)
}

impl Payload<'_> {
    pub(super) fn len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    fn reader(&self) -> ChunkReader<'_> {
        ChunkReader { chunks: self.chunks.iter(), chunk: &[] }
    }
}

/// Reads one chunk after the other. Fills the buffer that it is given: the client sends what it gets at once, and small
/// packets would wake the receiver for nothing.
struct ChunkReader<'a> {
    chunks: std::slice::Iter<'a, &'a [u8]>,
    chunk: &'a [u8],
}

impl Read for ChunkReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            if self.chunk.is_empty() {
                let Some(next) = self.chunks.next() else { break };
                self.chunk = next;
            }
            filled += self.chunk.read(room)?;
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_read_as_one() {
        let payload = Payload {
            chunks: vec![b"", b"ab", b"", b"cde"],
            encoding: Encoding::Identity,
            format: Format::Protobuf,
            headers: HeaderMap::new(),
        };
        assert_eq!(payload.len(), 5);
        assert_eq!(io::read_to_string(payload.reader()).unwrap(), "abcde");
        let (mut reader, mut buffer) = (payload.reader(), [0; 4]);
        assert_eq!((reader.read(&mut buffer).unwrap(), &buffer), (4, b"abcd"), "as much at once as there is room for");
        assert_eq!((reader.read(&mut buffer).unwrap(), reader.read(&mut buffer).unwrap()), (1, 0));
    }

    #[test]
    fn explanations_are_one_harmless_line() {
        let explain = |content_type: &str, body: &[u8]| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type.parse().unwrap())]);
            explanation(&headers, body)
        };
        assert_eq!(explain("application/x-protobuf", b"\x12\x03why").as_deref(), Some("why"));
        assert_eq!(explain("text/plain; charset=utf-8", b"no\x1b[2J\ntoken\n").as_deref(), Some("no [2J token"));
        assert_eq!(explain("text/html", b"<html>"), None);
        assert_eq!(explain("text/plain", b" "), None);
        assert_eq!(explain("text/plain", &[b'x'; 1000]).map(|text| text.len()), Some(300));
    }
}
