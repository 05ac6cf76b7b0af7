//! What a request is answered with.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message;

/// The answer to one request.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) action: Action,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Bytes of the body that are promised and never sent; then the connection is closed.
    pub(super) missing: usize,
    /// How long the request is looked at.
    pub(super) delay: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// This status.
    Answer(u16),
    /// Nothing, with the connection kept open until the receiver goes away.
    Hang,
    /// The connection is closed at once.
    Disconnect,
    /// The body alone, which need be no HTTP; then the connection is closed.
    Noise,
}

impl Reply {
    /// 200 with an empty response: all spans accepted.
    #[must_use]
    pub fn accept() -> Self {
        Self::status(200)
    }

    /// 200 with a partial success.
    #[must_use]
    pub fn partial(rejected_spans: i64, message: &str) -> Self {
        let partial = ExportTracePartialSuccess { rejected_spans, error_message: message.to_owned() };
        let response = ExportTraceServiceResponse { partial_success: Some(partial) };
        Self::accept().body(response.encode_to_vec())
    }

    /// A status, with an empty body. The spans are kept for those that start with 2.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self {
            action: Action::Answer(status),
            headers: Vec::new(),
            body: Vec::new(),
            missing: 0,
            delay: Duration::ZERO,
        }
    }

    /// No answer; the connection stays open until the receiver goes away or the client closes it.
    #[must_use]
    pub fn hang() -> Self {
        Self { action: Action::Hang, ..Self::accept() }
    }

    /// The connection is closed without an answer.
    #[must_use]
    pub fn disconnect() -> Self {
        Self { action: Action::Disconnect, ..Self::accept() }
    }

    /// These bytes instead of an answer; then the connection is closed.
    #[must_use]
    pub fn noise(bytes: impl Into<Vec<u8>>) -> Self {
        Self { action: Action::Noise, ..Self::accept() }.body(bytes)
    }

    /// Ends in the middle of the body, of which so many bytes more are promised.
    #[must_use]
    pub fn breaks_off(mut self, missing: usize) -> Self {
        self.missing = missing;
        self
    }

    /// Answers later. Other connections are served meanwhile.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The answer's bytes on the wire.
    pub(super) fn encode(&self, status: u16) -> Vec<u8> {
        let length = self.body.len() + self.missing;
        let mut bytes = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {length}\r\n").into_bytes();
        let typed = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !typed {
            bytes.extend_from_slice(b"Content-Type: application/x-protobuf\r\n");
        }
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
