//! What errors of other crates mean.

use std::borrow::Cow;
use std::fmt;
use std::io;

use super::outcome::SourceChain;
use super::span_error::SpanError;
#[cfg(feature = "http")]
use super::span_error::is_http_failure;
use super::span_kind::SpanKind;
#[cfg(feature = "http")]
use super::value::KeyValue;

impl SpanError for io::Error {
    fn message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&SourceChain(self), f)
    }

    fn is_failure(&self, _: SpanKind) -> bool {
        !matches!(self.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
    }

    fn error_type(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{:?}", self.kind()))
    }
}

#[cfg(feature = "http")]
impl SpanError for http::StatusCode {
    fn message(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The code says it all: the conventions want no description.
        Ok(())
    }

    fn is_failure(&self, kind: SpanKind) -> bool {
        is_http_failure(self.as_u16(), kind)
    }

    fn error_type(&self) -> Cow<'_, str> {
        Cow::Owned(self.as_u16().to_string())
    }

    fn attributes(&self) -> Vec<KeyValue> {
        vec![KeyValue { key: Cow::Borrowed("http.response.status_code"), value: i64::from(self.as_u16()).into() }]
    }
}
