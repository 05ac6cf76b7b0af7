//! What is posted, and who may look at it before.

use std::fmt;
use std::sync::Arc;

use ureq::http::{HeaderName, HeaderValue, Uri};

use crate::export::{ExportError, SpanBatch};
use traced_core::OtlpRequest;

/// A request that is about to be sent, for those who sign it or have credentials for it.
#[derive(Debug)]
pub struct OtlpHttpRequest<'a> {
    uri: &'a Uri,
    chunks: &'a [&'a [u8]],
}

impl OtlpHttpRequest<'_> {
    /// The whole URL to which it is posted.
    #[must_use]
    pub fn url(&self) -> String {
        self.uri.to_string()
    }

    /// The body as it is sent, in pieces that follow each other.
    pub fn body(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().copied()
    }
}

type Ask = dyn Fn(&OtlpHttpRequest<'_>) -> Result<Vec<(String, String)>, String> + Send + Sync;

/// Who has further header fields for each request.
#[derive(Clone)]
pub(super) struct Credentials(Arc<Ask>);

impl Credentials {
    pub(super) fn new(
        ask: impl Fn(&OtlpHttpRequest<'_>) -> Result<Vec<(String, String)>, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(ask))
    }

    /// The fields for one request. Values are never shown.
    pub(super) fn of(&self, uri: &Uri, chunks: &[&[u8]]) -> Result<Vec<(HeaderName, HeaderValue)>, ExportError> {
        let fields = (self.0)(&OtlpHttpRequest { uri, chunks });
        let fields =
            fields.map_err(|reason| ExportError::later(format!("there are no credentials for a request: {reason}")))?;
        fields.into_iter().map(|(name, value)| field(&name, &value)).collect()
    }
}

fn field(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), ExportError> {
    let bad = |what| ExportError::later(format!("{what} of the header {name:?} of credentials cannot be sent"));
    let header = name.parse::<HeaderName>().map_err(|_| bad("the name"))?;
    let mut value = HeaderValue::from_str(value).map_err(|_| bad("the value"))?;
    value.set_sensitive(true);
    Ok((header, value))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// How spans are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Protobuf,
    #[cfg(feature = "otlp-json")]
    Json,
}

/// Spans as they are sent, before compression.
pub(super) enum Written {
    Protobuf(OtlpRequest),
    #[cfg(feature = "otlp-json")]
    Json(String),
}

impl Format {
    pub(super) fn write(self, batch: &SpanBatch<'_>) -> Written {
        match self {
            Self::Protobuf => Written::Protobuf(batch.otlp_request()),
            #[cfg(feature = "otlp-json")]
            Self::Json => Written::Json(crate::export::otlp_json::traces_data(batch.resource(), batch.spans())),
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            #[cfg(feature = "otlp-json")]
            Self::Json => "application/json",
        }
    }
}

impl Written {
    pub(super) fn chunks(&self) -> Box<dyn Iterator<Item = &[u8]> + '_> {
        match self {
            Self::Protobuf(request) => Box::new(request.chunks()),
            #[cfg(feature = "otlp-json")]
            Self::Json(text) => Box::new(std::iter::once(text.as_bytes())),
        }
    }
}
