//! One attempt to send a request.

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use ureq::{Agent, Body, Error, SendBody};

use super::encoding::Encoding;
use super::endpoint::Endpoint;
use super::retry::{is_retryable, retry_after};
use super::tls::Tls;
use traced_core::__runtime::response::PartialSuccess;
use traced_core::__runtime::response::status_message;

/// Longer responses are not read. OTLP exporter specification, "Response size limit".
const MAX_RESPONSE: u64 = 4 << 20;
/// How much of a receiver's explanation is repeated.
const MAX_EXPLANATION: usize = 300;

/// Sends to one endpoint over kept-alive connections.
pub(super) struct Client {
    agent: Agent,
    endpoint: Endpoint,
    headers: HeaderMap,
    timeout: Option<Duration>,
}

/// A request's body.
pub(super) struct Payload<'a> {
    pub(super) chunks: Vec<&'a [u8]>,
    pub(super) encoding: Encoding,
    /// How many spans are inside.
    pub(super) spans: usize,
}

/// What became of an attempt.
#[derive(Debug)]
pub(super) enum Answer {
    /// The receiver took it.
    Accepted(Option<PartialSuccess>),
    /// It may succeed later.
    Later { reason: String, after: Option<Duration>, reached: bool },
    /// It never will.
    Refused(String),
}

impl Client {
    /// `headers` are sent with every request; no `timeout` means no limit on an attempt.
    pub(super) fn new(
        endpoint: Endpoint,
        headers: HeaderMap,
        timeout: Option<Duration>,
        tls: &Tls,
    ) -> Result<Self, String> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .accept_encoding("")
            .max_redirects(0)
            .max_redirects_will_error(false);
        if endpoint.is_loopback() {
            config = config.proxy(None);
        }
        let agent = tls.configure(config)?.build().new_agent();
        Ok(Self { agent, endpoint, headers, timeout })
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends once, in no more than `time_left`.
    pub(super) fn attempt(&self, payload: &Payload<'_>, time_left: Duration) -> Answer {
        let timeout = self.timeout.map_or(time_left, |timeout| timeout.min(time_left));
        match self.send(payload, timeout) {
            Ok((status, headers, body)) => self.judge(status, &headers, &body),
            Err(error) => self.judge_error(&error, timeout),
        }
    }

    fn send(&self, payload: &Payload<'_>, timeout: Duration) -> Result<(StatusCode, HeaderMap, Vec<u8>), Error> {
        let mut reader = payload.reader();
        let mut request = Request::post(self.endpoint.uri()).body(SendBody::from_reader(&mut reader))?;
        request.headers_mut().clone_from(&self.headers);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        // With the length known, the body is not sent in HTTP's chunks.
        request.headers_mut().insert(header::CONTENT_LENGTH, payload.len().into());
        if let Some(encoding) = payload.encoding.header() {
            request.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(timeout)).build();
        let mut response = self.agent.run(request)?;
        let body = read(response.body_mut())?;
        Ok((response.status(), std::mem::take(response.headers_mut()), body))
    }

    fn judge(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Answer {
        if status.is_success() {
            return Answer::Accepted(PartialSuccess::parse(body));
        }
        let mut reason = format!("{} answered {status}", self.endpoint);
        if let Some(explanation) = explanation(headers, body) {
            reason.extend([": ", &explanation]);
        }
        if is_retryable(status) {
            return Answer::Later { reason, after: retry_after(headers, SystemTime::now()), reached: true };
        }
        reason.push_str(match status.as_u16() {
            300..=399 => "; redirects are not followed: set the endpoint to where it points",
            401 | 403 => "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS",
            404 | 405 => "; check the path of the endpoint: receivers of OTLP/HTTP listen at /v1/traces",
            413 => "; make batches smaller, or raise the receiver's limit",
            415 => "; the receiver must accept application/x-protobuf",
            _ => "",
        });
        Answer::Refused(reason)
    }

    fn judge_error(&self, error: &Error, timeout: Duration) -> Answer {
        let Self { endpoint, .. } = self;
        let hint = endpoint.hint();
        match error {
            // What does not speak TLS, or shows a certificate that is not trusted, will not do better later.
            Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Answer::Refused(format!("cannot send to {endpoint}: {error}{hint}"))
            }
            Error::Timeout(_) => {
                let seconds = timeout.as_secs_f64();
                let reason = format!("no answer from {endpoint} in {seconds:.1} s{hint}");
                Answer::Later { reason, after: None, reached: false }
            }
            Error::Io(_) | Error::HostNotFound | Error::ConnectionFailed => {
                Answer::Later { reason: format!("cannot reach {endpoint}: {error}{hint}"), after: None, reached: false }
            }
            Error::BodyExceedsLimit(limit) => {
                Answer::Refused(format!("the response of {endpoint} is longer than {limit} bytes"))
            }
            _ => Answer::Refused(format!("cannot send to {endpoint}: {error}{hint}")),
        }
    }
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
    // It ends up in a terminal or a log: one line, no control characters.
    let text = text.trim().chars().take(MAX_EXPLANATION).map(|c| if c.is_control() { ' ' } else { c });
    Some(text.collect::<String>()).filter(|text| !text.is_empty())
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
        let payload = Payload { chunks: vec![b"", b"ab", b"", b"cde"], encoding: Encoding::Identity, spans: 0 };
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
        assert_eq!(explain("text/plain", &[b'x'; 1000]).map(|text| text.len()), Some(MAX_EXPLANATION));
    }
}
