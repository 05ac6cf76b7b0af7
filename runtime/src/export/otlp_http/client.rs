//! One attempt to send a request.

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Error, SendBody};

use super::encoding::Encoding;
use super::endpoint::Endpoint;
use super::proxy;
use super::request::Format;
use super::resolve::Names;
use super::tls::{Modified, Tls};
use crate::export::error::ExportError;
use crate::export::verdict;
use traced_core::__runtime::response::PartialSuccess;
use traced_core::__runtime::response::status_message;

/// Longer responses are not read. OTLP exporter specification, "Response size limit".
const MAX_RESPONSE: u64 = 4 << 20;
/// A receiver that refuses a request by its size may do so before it has read it. Then its answer is lost, unless it is
/// asked first, which costs a round trip: only requests of at least this size are worth it.
const WORTH_ASKING: u64 = 64 << 10;

/// Sends to one endpoint over kept-alive connections.
pub(super) struct Client {
    agent: Agent,
    endpoint: Endpoint,
    headers: HeaderMap,
    timeout: Option<Duration>,
    tls: Tls,
    /// When the files of certificates were read.
    modified: Modified,
    /// The proxy in between, as it may be shown.
    through: String,
    /// The connection broke while a large request was being sent.
    asks_first: bool,
}

/// A request's body.
pub(super) struct Payload<'a> {
    pub(super) chunks: Vec<&'a [u8]>,
    pub(super) encoding: Encoding,
    pub(super) format: Format,
    /// Besides those of all requests.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
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

fn agent(proxy: Option<ureq::Proxy>, tls: &Tls) -> Result<Agent, String> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .accept_encoding("")
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy);
    Ok(Agent::with_parts(tls.configure(config)?.build(), DefaultConnector::default(), Names))
}

impl Client {
    /// `headers` are sent with every request; no `timeout` means no limit on an attempt.
    pub(super) fn new(
        endpoint: Endpoint,
        headers: HeaderMap,
        timeout: Option<Duration>,
        tls: Tls,
    ) -> Result<Self, String> {
        let proxy = if endpoint.is_loopback() { None } else { proxy::of_environment(endpoint.uri()) };
        let through = proxy.as_ref().map(|(proxy, name)| proxy::shown(proxy, name)).unwrap_or_default();
        let modified = tls.modified();
        let agent = agent(proxy.map(|(proxy, _)| proxy), &tls)?;
        Ok(Self { agent, endpoint, headers, timeout, tls, modified, through, asks_first: false })
    }

    /// Reads certificates again that have changed, for the next attempt. Those that cannot be read are as they were.
    fn look_at_certificates(&mut self) {
        let modified = self.tls.modified();
        if modified != self.modified
            && let Ok(agent) = agent(self.agent.config().proxy().cloned(), &self.tls)
        {
            self.agent = agent;
            self.modified = modified;
        }
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends once, in no more than `time_left`.
    pub(super) fn attempt(&mut self, payload: &Payload<'_>, time_left: Duration) -> Result<Accepted, ExportError> {
        let timeout = self.timeout.map_or(time_left, |timeout| timeout.min(time_left));
        if timeout.is_zero() {
            return Err(ExportError::later(format!("no time was left to send to {}", self.endpoint)));
        }
        match self.send(payload, timeout) {
            Ok(answer) => self.judge(&answer),
            Err(error) => {
                self.look_at_certificates();
                let is_broken = matches!(&error, Error::Io(error) if is_broken(error.kind()));
                self.asks_first = is_broken && payload.len() >= WORTH_ASKING;
                Err(self.judge_error(&error, timeout))
            }
        }
    }

    fn send(&self, payload: &Payload<'_>, timeout: Duration) -> Result<Answer, Error> {
        let mut reader = payload.reader();
        let mut request = Request::post(self.endpoint.uri()).body(SendBody::from_reader(&mut reader))?;
        request.headers_mut().clone_from(&self.headers);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(payload.format.content_type()));
        request.headers_mut().extend(payload.headers.iter().cloned().map(|(name, value)| (Some(name), value)));
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
            let reason = format!("the response of {} is longer than {limit} bytes", self.endpoint);
            return Err(ExportError::new(reason));
        }
        let body = body.as_deref().unwrap_or_default();
        if status.is_success() {
            return Ok(accepted(headers, body));
        }
        let mut reason = format!("{} answered {status}", self.endpoint);
        if let Some(explanation) = explanation(headers, body) {
            reason.extend([": ", &explanation]);
        }
        reason.push_str(verdict::advice_for_http_status(status.as_u16()));
        reason.push_str(&self.through);
        let asked = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked = asked.and_then(|value| verdict::retry_after(value, SystemTime::now()));
        Err(verdict::of_http_status(status.as_u16(), reason, asked))
    }

    fn judge_error(&self, error: &Error, timeout: Duration) -> ExportError {
        let Self { endpoint, through, .. } = self;
        let hint = endpoint.hint();
        let cannot = |what: &str| format!("cannot {what} {endpoint}: {error}{hint}{through}");
        let error = match error {
            Error::Timeout(_) => {
                let time = shown_time(timeout, self.timeout);
                ExportError::later(format!("no answer from {endpoint} in {time}{hint}{through}"))
            }
            // People renew certificates in minutes.
            Error::Io(error) if is_about_a_certificate(error) => ExportError::later(format!(
                "cannot send to {endpoint}: {error}; the certificates to trust are those of OTEL_EXPORTER_OTLP_CERTIFICATE{through}"
            ))
            .long(),
            Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => ExportError::later(cannot("send to")),
            Error::Io(_) | Error::HostNotFound | Error::ConnectionFailed => ExportError::later(cannot("reach")),
            Error::ConnectProxyFailed(why) if why.contains("407") => {
                let advice = verdict::advice_for_http_status(407);
                ExportError::new(format!("cannot reach {endpoint}: {error}{advice}{through}"))
            }
            Error::ConnectProxyFailed(_) => ExportError::later(cannot("reach")),
            Error::Protocol(_) | Error::LargeResponseHeader(..) => {
                ExportError::later(format!("cannot talk to {endpoint}: {error}{}{through}", endpoint.hint_for_noise()))
            }
            _ => ExportError::new(cannot("send to")),
        };
        error.with_advice(format!(
            ". Start a receiver of OTLP/HTTP there, set {} to where one is, or set OTEL_TRACES_EXPORTER to `console` or \
             `none`",
            endpoint.variable()
        ))
    }
}

/// The time of an attempt; with the unit of the variable where it looks as if seconds had been meant.
fn shown_time(time: Duration, set: Option<Duration>) -> String {
    if time <= Duration::from_millis(100) && set == Some(time) {
        return format!("{} ms (OTEL_EXPORTER_OTLP_TIMEOUT is in milliseconds)", time.as_millis());
    }
    format!("{:.1} s", time.as_secs_f64())
}

const fn is_broken(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted)
}

fn is_about_a_certificate(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.to_string().contains("invalid peer certificate")
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

/// Reads one chunk after the other.
struct ChunkReader<'a> {
    chunks: std::slice::Iter<'a, &'a [u8]>,
    chunk: &'a [u8],
}

impl Read for ChunkReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.chunks.next() {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        self.chunk.read(buffer)
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
            headers: Vec::new(),
        };
        assert_eq!(payload.len(), 5);
        assert_eq!(io::read_to_string(payload.reader()).unwrap(), "abcde");
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
