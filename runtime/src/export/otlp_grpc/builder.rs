//! Settings of the exporter.

use std::fmt;
use std::time::Duration;

use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::Endpoint;

use super::exporter::OtlpGrpcExporter;
use crate::export::said::Said;

const DEFAULT_ENDPOINT: &str = "http://localhost:4317";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("traced-OTLP-SpanExporter-Rust/", env!("CARGO_PKG_VERSION"));

/// Settings of an [`OtlpGrpcExporter`]. They are checked by [`build`](Self::build).
#[derive(Clone)]
pub struct OtlpGrpcExporterBuilder {
    endpoint: String,
    headers: Vec<(String, String)>,
    timeout: Option<Duration>,
    #[cfg(feature = "gzip")]
    gzip: bool,
    insecure: bool,
    #[cfg(feature = "tls")]
    certificate: Option<Vec<u8>>,
    #[cfg(feature = "tls")]
    client_certificate: Option<(Vec<u8>, Vec<u8>)>,
}

/// A setting of the exporter cannot be used. Says which, and the way out; never a header's value or a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtlpGrpcError {
    reason: String,
    /// Whether it is about the endpoint.
    pub(crate) is_about_endpoint: bool,
}

impl OtlpGrpcExporter {
    /// Settings as the specification has them by default: `http://localhost:4317`, 10 s.
    #[must_use]
    pub fn builder() -> OtlpGrpcExporterBuilder {
        OtlpGrpcExporterBuilder::new()
    }
}

impl OtlpGrpcExporterBuilder {
    pub(super) fn new() -> Self {
        Self {
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            headers: Vec::new(),
            timeout: Some(DEFAULT_TIMEOUT),
            #[cfg(feature = "gzip")]
            gzip: false,
            insecure: false,
            #[cfg(feature = "tls")]
            certificate: None,
            #[cfg(feature = "tls")]
            client_certificate: None,
        }
    }

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

    /// Adds a metadata entry to every request. Values are never printed.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long one attempt may take; zero means as long as the whole export. The default is 10 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout).filter(|timeout| !timeout.is_zero());
        self
    }

    /// Whether requests are compressed.
    #[cfg(feature = "gzip")]
    #[must_use]
    pub const fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// Trusts these certificates, in PEM, instead of Mozilla's. As the file of `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificate = Some(pem.into());
        self
    }

    /// Shows this certificate, with its chain, to the receiver; both in PEM.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.client_certificate = Some((chain.into(), key.into()));
        self
    }

    /// Checks the settings. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the endpoint is no URL, goes by TLS without the feature `tls`, a header cannot be sent, or a certificate
    /// cannot be read.
    pub fn build(self) -> Result<OtlpGrpcExporter, OtlpGrpcError> {
        let endpoint = self.checked_endpoint()?;
        let headers = self.metadata()?;
        Ok(OtlpGrpcExporter {
            endpoint,
            connection: None,
            headers,
            timeout: self.timeout,
            #[cfg(feature = "gzip")]
            gzip: self.gzip,
            said: Said::default(),
        })
    }

    fn checked_endpoint(&self) -> Result<Endpoint, OtlpGrpcError> {
        let bad = |reason: &str| OtlpGrpcError { reason: reason.to_owned(), is_about_endpoint: true };
        let url = self.endpoint.trim();
        let url = match (url.contains("://"), self.insecure) {
            (true, _) => url.to_owned(),
            (false, true) => format!("http://{url}"),
            (false, false) => format!("https://{url}"),
        };
        let no_url = "the endpoint is no URL that begins with http:// or https://, as in http://localhost:4317";
        let endpoint = Endpoint::from_shared(url).map_err(|_| bad(no_url))?;
        let uri = endpoint.uri();
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let has_port = host.rsplit_once(']').map_or(host, |(_, port)| port).contains(':');
        if has_port && uri.port_u16().is_none_or(|port| port == 0) {
            return Err(bad(
                "its port is none: a port is a number from 1 to 65535, and receivers of OTLP/gRPC usually \
                            listen at 4317",
            ));
        }
        let endpoint = match uri.scheme_str() {
            Some("http") => Ok(endpoint.clone()),
            Some("https") => self.with_tls(endpoint.clone()),
            _ => Err(bad(no_url)),
        }?;
        endpoint.user_agent(USER_AGENT).map_err(|_| bad("the user agent cannot be sent"))
    }

    #[cfg(not(feature = "tls"))]
    fn with_tls(&self, _endpoint: Endpoint) -> Result<Endpoint, OtlpGrpcError> {
        let reason = "the endpoint goes by TLS: switch on the feature `tls` of traced, or use http:// (without a scheme: \
                      OTEL_EXPORTER_OTLP_INSECURE=true)";
        Err(OtlpGrpcError { reason: reason.to_owned(), is_about_endpoint: true })
    }

    #[cfg(feature = "tls")]
    fn with_tls(&self, endpoint: Endpoint) -> Result<Endpoint, OtlpGrpcError> {
        use tonic::transport::{Certificate, ClientTlsConfig, Identity};

        let mut tls = ClientTlsConfig::new();
        tls = match &self.certificate {
            Some(pem) => tls.ca_certificate(Certificate::from_pem(pem)),
            None if cfg!(feature = "tls-native-roots") => tls.with_enabled_roots(),
            None => tls.with_webpki_roots(),
        };
        if let Some((chain, key)) = &self.client_certificate {
            tls = tls.identity(Identity::from_pem(chain, key));
        }
        endpoint.tls_config(tls).map_err(|error| OtlpGrpcError {
            reason: format!("the certificates cannot be used: {error}"),
            is_about_endpoint: false,
        })
    }

    fn metadata(&self) -> Result<MetadataMap, OtlpGrpcError> {
        let mut metadata = MetadataMap::new();
        for (name, value) in &self.headers {
            let bad = |what| OtlpGrpcError {
                reason: format!("{what} of the header {name:?} cannot be sent over gRPC"),
                is_about_endpoint: false,
            };
            let key = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes()).map_err(|_| bad("the name"))?;
            let mut value = MetadataValue::try_from(value.as_str()).map_err(|_| bad("the value"))?;
            value.set_sensitive(true);
            metadata.insert(key, value);
        }
        Ok(metadata)
    }
}

impl fmt::Display for OtlpGrpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for OtlpGrpcError {}

/// Names of headers only.
impl fmt::Debug for OtlpGrpcExporterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>();
        f.debug_struct("OtlpGrpcExporterBuilder")
            .field("headers", &headers)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
