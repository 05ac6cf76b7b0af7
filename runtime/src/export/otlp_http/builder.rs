//! Settings of the exporter.

use std::fmt;
use std::time::Duration;

use ureq::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::client::Client;
use super::encoding::Encoding;
use super::endpoint::Endpoint;
use super::error::{OtlpHttpError, Setting};
use super::exporter::OtlpHttpExporter;
use super::request::{Credentials, Format, OtlpHttpRequest};
#[cfg(feature = "tls")]
use super::tls::Pem;
use super::tls::Tls;
use crate::export::otlp::{DEFAULT_ENDPOINT, DEFAULT_TIMEOUT};
use crate::export::said::Said;

const USER_AGENT: &str = concat!("traced-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));

/// Settings of an [`OtlpHttpExporter`] exporter. They are checked by [`build`](Self::build).
#[derive(Clone)]
pub struct OtlpHttpExporterBuilder {
    endpoint: String,
    is_base: bool,
    headers: Vec<(String, String)>,
    timeout: Option<Duration>,
    user_agent_prefix: String,
    encoding: Encoding,
    format: Format,
    credentials: Option<Credentials>,
    tls: Tls,
}

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
            headers: Vec::new(),
            timeout: Some(DEFAULT_TIMEOUT),
            user_agent_prefix: String::new(),
            encoding: Encoding::Identity,
            format: Format::Protobuf,
            credentials: None,
            tls: Tls::default(),
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

    /// Adds a header field to every request; a later one replaces an earlier one of the same name. Values are never
    /// printed.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Asks for further header fields before each request, which win over those of the same name: for credentials that
    /// expire, and for signatures of the request. What it fails with is a trouble that passes, and said. It is called
    /// on the exporter's thread, and may block.
    ///
    /// ```
    /// # fn token() -> Result<String, String> { Ok(String::new()) }
    /// use traced::OtlpHttpExporter;
    ///
    /// let exporter = OtlpHttpExporter::builder()
    ///     .credentials(|_request| Ok(vec![("authorization".to_owned(), format!("Bearer {}", token()?))]))
    ///     .build()?;
    /// # Ok::<(), traced::otlp::OtlpHttpError>(())
    /// ```
    #[must_use]
    pub fn credentials<F>(mut self, credentials: F) -> Self
    where
        F: Fn(&OtlpHttpRequest<'_>) -> Result<Vec<(String, String)>, String> + Send + Sync + 'static,
    {
        self.credentials = Some(Credentials::new(credentials));
        self
    }

    /// Whether requests are JSON instead of protobuf. As `OTEL_EXPORTER_OTLP_PROTOCOL=http/json`.
    #[cfg(feature = "otlp-json")]
    #[must_use]
    pub fn json(mut self, json: bool) -> Self {
        self.format = if json { Format::Json } else { Format::Protobuf };
        self
    }

    /// How long one attempt may take; zero means as long as the whole export. The default is 10 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout).filter(|timeout| !timeout.is_zero());
        self
    }

    /// Words that go before the exporter's own in `User-Agent`, such as `my-distribution/1.2`.
    #[must_use]
    pub fn user_agent_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.user_agent_prefix = prefix.into();
        self
    }

    /// Whether requests are compressed.
    #[cfg(feature = "gzip")]
    #[must_use]
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.encoding = if gzip { Encoding::Gzip } else { Encoding::Identity };
        self
    }

    /// Trusts these certificates, in PEM, instead of Mozilla's. As the file of `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.authorities = Some(Pem::Bytes(pem.into()));
        self
    }

    /// Shows this certificate, with its chain, to the receiver; both in PEM. As the files of
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.tls.client = Some((Pem::Bytes(chain.into()), Pem::Bytes(key.into())));
        self
    }

    /// Takes the certificates from a file, which is read again when it has changed and a connection fails.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn certificate_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.tls.authorities = Some(Pem::File(path.into()));
        self
    }

    /// [`client_certificate`](Self::client_certificate) as files, which are read again when they have changed and a
    /// connection fails.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate_files(
        mut self,
        chain: impl Into<std::path::PathBuf>,
        key: impl Into<std::path::PathBuf>,
    ) -> Self {
        self.tls.client = Some((Pem::File(chain.into()), Pem::File(key.into())));
        self
    }

    /// Checks the settings. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// When the endpoint is no URL, is `https` without the feature `tls`, or is a base URL that ends in `/v1/traces`;
    /// when a header field cannot be sent, or a certificate cannot be read.
    pub fn build(self) -> Result<OtlpHttpExporter, OtlpHttpError> {
        let bad_endpoint = |reason| OtlpHttpError { reason, setting: Setting::Endpoint };
        let endpoint = if self.is_base { Endpoint::from_base } else { Endpoint::exact };
        let endpoint = endpoint(&self.endpoint).map_err(bad_endpoint)?;
        let headers = self.header_map()?;
        let client = Client::new(endpoint, headers, self.timeout, self.tls).map_err(OtlpHttpError::new)?;
        let Self { encoding, format, credentials, .. } = self;
        Ok(OtlpHttpExporter { client, encoding, format, credentials, said: Said::default() })
    }

    fn header_map(&self) -> Result<HeaderMap, OtlpHttpError> {
        let mut headers = HeaderMap::new();
        let user_agent = format!("{} {USER_AGENT}", self.user_agent_prefix);
        let user_agent = HeaderValue::from_str(user_agent.trim_start());
        let user_agent = user_agent.map_err(|_| OtlpHttpError::new("the prefix of the user agent cannot be sent"))?;
        headers.insert(header::USER_AGENT, user_agent);
        for (name, value) in &self.headers {
            let bad = |what| OtlpHttpError {
                reason: format!("{what} of the header {name:?} cannot be sent over HTTP"),
                setting: Setting::Headers,
            };
            let header = name.parse::<HeaderName>().map_err(|_| bad("the name"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| bad("the value"))?;
            // Keeps it out of the log lines of the HTTP client.
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        Ok(headers)
    }
}

/// Names of header fields only.
impl fmt::Debug for OtlpHttpExporterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>();
        f.debug_struct("OtlpHttpExporterBuilder")
            .field("headers", &headers)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
