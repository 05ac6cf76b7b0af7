//! Settings that all exporters of OTLP have, under the same names.

use std::time::Duration;

use ureq::http::{HeaderMap, HeaderValue, header};

use super::credentials::{self, Credentials};
use super::error::{OtlpError, Setting};
use super::tls::Tls;
use super::url::DEFAULT_TIMEOUT;

const USER_AGENT: &str = concat!("traced-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));

/// What every exporter of OTLP can be told.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) headers: Vec<(String, String)>,
    /// How long one attempt may take, if that is limited at all.
    pub(crate) timeout: Option<Duration>,
    pub(crate) user_agent_prefix: String,
    #[cfg(feature = "gzip")]
    pub(crate) gzip: bool,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) tls: Tls,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            timeout: Some(DEFAULT_TIMEOUT),
            user_agent_prefix: String::new(),
            #[cfg(feature = "gzip")]
            gzip: false,
            credentials: None,
            tls: Tls::default(),
        }
    }
}

impl Common {
    /// The header fields of every request.
    ///
    /// # Errors
    ///
    /// When one of them cannot be sent; values are not repeated.
    pub(crate) fn header_map(&self) -> Result<HeaderMap, OtlpError> {
        let mut headers = HeaderMap::new();
        let user_agent = format!("{} {USER_AGENT}", self.user_agent_prefix);
        let user_agent = HeaderValue::from_str(user_agent.trim_start());
        let user_agent = user_agent.map_err(|_| OtlpError::new("the prefix of the user agent cannot be sent"))?;
        headers.insert(header::USER_AGENT, user_agent);
        for (name, value) in &self.headers {
            let bad = |what| OtlpError::of(Setting::Headers, format!("{what} of the header {name:?} cannot be sent"));
            let (name, value) = credentials::header(name, value).map_err(bad)?;
            headers.insert(name, value);
        }
        Ok(headers)
    }
}

/// Writes the methods for [`Common`] into a builder that has one as `common`.
macro_rules! common_settings {
    ($builder:ident, $exporter:ident) => {
        impl $builder {
            /// Adds a header field to every request; a later one replaces an earlier one of the same name. Values are
            /// never printed.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.common.headers.push((name.into(), value.into()));
                self
            }

            /// Asks for further header fields before each request, which win over those of the same name: for
            /// credentials that expire, and for signatures of the request. What it fails with is a trouble that passes,
            /// and said. It is called on the exporter's thread, and may block.
            ///
            /// ```
            /// # fn token() -> Result<String, String> { Ok(String::new()) }
            #[doc = concat!("let exporter = traced::", stringify!($exporter), "::builder()")]
            ///     .credentials(|_request| Ok(vec![("authorization".to_owned(), format!("Bearer {}", token()?))]))
            ///     .build()?;
            /// # Ok::<(), traced::otlp::OtlpError>(())
            /// ```
            #[must_use]
            pub fn credentials<F>(mut self, credentials: F) -> Self
            where
                F: Fn(&$crate::otlp::OutgoingRequest<'_>) -> Result<Vec<(String, String)>, String>
                    + Send
                    + Sync
                    + 'static,
            {
                self.common.credentials = Some($crate::export::otlp::credentials::Credentials::new(credentials));
                self
            }

            /// How long one attempt may take; zero means as long as the whole export. The default is 10 s.
            #[must_use]
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.common.timeout = Some(timeout).filter(|timeout| !timeout.is_zero());
                self
            }

            /// Words that go before the exporter's own in `User-Agent`, such as `my-distribution/1.2`.
            #[must_use]
            pub fn user_agent_prefix(mut self, prefix: impl Into<String>) -> Self {
                self.common.user_agent_prefix = prefix.into();
                self
            }

            /// Whether requests are compressed.
            #[cfg(feature = "gzip")]
            #[must_use]
            pub fn gzip(mut self, gzip: bool) -> Self {
                self.common.gzip = gzip;
                self
            }

            /// Trusts these certificates, in PEM, instead of the usual authorities. As the file of
            /// `OTEL_EXPORTER_OTLP_CERTIFICATE`.
            #[cfg(feature = "tls")]
            #[must_use]
            pub fn certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
                self.common.tls.authorities = Some($crate::export::otlp::tls::Pem::Bytes(pem.into()));
                self
            }

            /// Shows this certificate, with its chain, to the receiver; both in PEM. As the files of
            /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
            #[cfg(feature = "tls")]
            #[must_use]
            pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
                use $crate::export::otlp::tls::Pem;
                self.common.tls.client = Some((Pem::Bytes(chain.into()), Pem::Bytes(key.into())));
                self
            }

            /// Takes the certificates to trust from a file, which is read again when it has changed and a connection
            /// fails.
            #[cfg(feature = "tls")]
            #[must_use]
            pub fn certificate_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
                self.common.tls.authorities = Some($crate::export::otlp::tls::Pem::File(path.into()));
                self
            }

            /// [`client_certificate`](Self::client_certificate) as files, which are read again when they have changed
            /// and a connection fails.
            #[cfg(feature = "tls")]
            #[must_use]
            pub fn client_certificate_files(
                mut self,
                chain: impl Into<std::path::PathBuf>,
                key: impl Into<std::path::PathBuf>,
            ) -> Self {
                use $crate::export::otlp::tls::Pem;
                self.common.tls.client = Some((Pem::File(chain.into()), Pem::File(key.into())));
                self
            }
        }

        /// Names of header fields only.
        impl std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let headers = self.common.headers.iter().map(|(name, _)| name).collect::<Vec<_>>();
                f.debug_struct(stringify!($builder))
                    .field("headers", &headers)
                    .field("timeout", &self.common.timeout)
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use common_settings;
