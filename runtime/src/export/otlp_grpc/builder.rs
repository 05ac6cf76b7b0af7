//! Settings of the exporter.

use super::client::Client;
use super::exporter::OtlpGrpcExporter;
use crate::export::otlp::check_endpoint;
use crate::export::otlp::common::{Common, common_settings};
use crate::export::otlp::error::OtlpError;
use crate::export::otlp::url::{Protocol, parse_endpoint};
use crate::export::said::Said;

const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
const OTLP_GRPC: Protocol = Protocol { name: "OTLP/gRPC", port: 4317 };

/// Settings of an [`OtlpGrpcExporter`]. They are checked by [`build`](Self::build).
#[derive(Clone)]
pub struct OtlpGrpcExporterBuilder {
    endpoint: String,
    insecure: bool,
    pub(crate) common: Common,
}

common_settings!(OtlpGrpcExporterBuilder, OtlpGrpcExporter);

impl OtlpGrpcExporter {
    /// Settings as the specification has them by default: `http://localhost:4317`, 10 s.
    #[must_use]
    pub fn builder() -> OtlpGrpcExporterBuilder {
        OtlpGrpcExporterBuilder { endpoint: DEFAULT_ENDPOINT.to_owned(), insecure: false, common: Common::default() }
    }
}

impl OtlpGrpcExporterBuilder {
    /// Where the receiver is, as `OTEL_EXPORTER_OTLP_ENDPOINT`. Without a scheme it goes by TLS, or without if it is
    /// [`insecure`](Self::insecure). A path is ignored: gRPC has its own.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = url.into();
        self
    }

    /// Whether an endpoint without a scheme goes without TLS. As `OTEL_EXPORTER_OTLP_INSECURE`.
    #[must_use]
    pub const fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// Checks the settings. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the endpoint is no URL, goes by TLS without the feature `tls`, a header cannot be sent, or a certificate
    /// cannot be read.
    pub fn build(self) -> Result<OtlpGrpcExporter, OtlpError> {
        let url = self.endpoint.trim();
        let url = match (url.contains("://"), self.insecure) {
            (true, _) => url.to_owned(),
            (false, true) => format!("http://{url}"),
            (false, false) => format!("https://{url}"),
        };
        let uri = parse_endpoint(&url, OTLP_GRPC).map_err(OtlpError::about_endpoint)?;
        check_endpoint(&url, false).map_err(OtlpError::about_endpoint)?;
        let headers = self.common.header_map()?;
        let Common { timeout, credentials, tls, .. } = self.common;
        let client = Client::new(&uri, timeout, tls).map_err(OtlpError::new)?;
        #[cfg(feature = "gzip")]
        let client = client.compressing(self.common.gzip);
        Ok(OtlpGrpcExporter { client, headers, credentials, said: Said::default() })
    }
}
