//! How spans are written.

use crate::export::SpanBatch;
use traced_core::OtlpRequest;

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
