//! Settings of the exporter.

use super::client::Client;
use super::encoding::Encoding;
use super::endpoint::Endpoint;
use super::exporter::OtlpHttpExporter;
use super::format::Format;
use crate::export::otlp::DEFAULT_ENDPOINT;
use crate::export::otlp::common::{Common, common_settings};
use crate::export::otlp::error::OtlpError;
use crate::export::said::Said;

/// Settings of an [`OtlpHttpExporter`]. They are checked by [`build`](Self::build).
#[derive(Clone)]
pub struct OtlpHttpExporterBuilder {
    endpoint: String,
    is_base: bool,
    format: Format,
    pub(crate) common: Common,
}

common_settings!(OtlpHttpExporterBuilder, OtlpHttpExporter);

impl OtlpHttpExporter {
    /// Settings as the specification has them by default: `http://localhost:4318/v1/traces`, 10 s.
    #[must_use]
    pub fn builder() -> OtlpHttpExporterBuilder {
        OtlpHttpExporterBuilder::new()
    }
}

impl OtlpHttpExporterBuilder {
    pub(super) fn new() -> Self {
        Self {
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            is_base: true,
            format: Format::Protobuf,
            common: Common::default(),
        }
    }

    /// The base URL; `v1/traces` is appended. As `OTEL_EXPORTER_OTLP_ENDPOINT`.
    #[must_use]
    pub fn endpoint(mut self, base: impl Into<String>) -> Self {
        self.endpoint = base.into();
        self.is_base = true;
        self
    }

    /// The URL of traces, used as it is. As `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
    #[must_use]
    pub fn traces_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = url.into();
        self.is_base = false;
        self
    }

    /// Whether requests are JSON instead of protobuf. As `OTEL_EXPORTER_OTLP_PROTOCOL=http/json`.
    #[cfg(feature = "otlp-json")]
    #[must_use]
    pub fn json(mut self, json: bool) -> Self {
        self.format = if json { Format::Json } else { Format::Protobuf };
        self
    }

    /// Checks the settings. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the endpoint is no URL, is `https` without the feature `tls`, or is a base URL that ends in `/v1/traces`;
    /// when a header field cannot be sent, or a certificate cannot be read.
    pub fn build(self) -> Result<OtlpHttpExporter, OtlpError> {
        let endpoint = if self.is_base { Endpoint::from_base } else { Endpoint::exact };
        let endpoint = endpoint(&self.endpoint).map_err(OtlpError::about_endpoint)?;
        let headers = self.common.header_map()?;
        let encoding = self.encoding();
        let Common { timeout, credentials, tls, .. } = self.common;
        let client = Client::new(endpoint, timeout, tls).map_err(OtlpError::new)?;
        Ok(OtlpHttpExporter { client, encoding, format: self.format, headers, credentials, said: Said::default() })
    }

    fn encoding(&self) -> Encoding {
        #[cfg(feature = "gzip")]
        if self.common.gzip {
            return Encoding::Gzip;
        }
        Encoding::Identity
    }
}
