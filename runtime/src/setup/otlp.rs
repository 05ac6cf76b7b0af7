//! Settings of the OTLP exporter that the environment names.

use std::time::Duration;

use crate::export::otlp::{check_endpoint, shown_url};

/// The settings of the OTLP exporter, put together by `Config::resolve`; `None` is its default.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct OtlpSettings {
    pub(crate) endpoint: Option<OtlpEndpoint>,
    pub(crate) protocol: Option<OtlpProtocol>,
    /// Names and values of header fields. Never to be printed.
    pub(crate) headers: Option<Vec<(String, String)>>,
    /// The variable that says the header fields, for messages.
    pub(crate) headers_variable: Option<&'static str>,
    pub(crate) gzip: Option<bool>,
    /// [`NO_LIMIT`](crate::setup::env::NO_LIMIT) when there is none.
    pub(crate) timeout: Option<Duration>,
    /// Whether gRPC without a scheme goes without TLS.
    pub(crate) insecure: Option<bool>,
    pub(crate) tls: TlsFiles,
}

/// Files in PEM format.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: Option<String>,
    pub(crate) client_key: Option<String>,
    pub(crate) client_certificate: Option<String>,
}

/// Where spans go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum OtlpEndpoint {
    /// A base URL for all signals, to which `v1/traces` is appended.
    Base(String),
    /// The URL for traces, used as it is.
    Exact(String),
}

/// How OTLP is spoken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// Protobuf over HTTP; the default.
    #[default]
    HttpProtobuf,
    /// Protobuf over gRPC.
    Grpc,
    /// JSON over HTTP.
    HttpJson,
}

impl OtlpProtocol {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::HttpProtobuf, Self::Grpc, Self::HttpJson];

    /// The name that the specification has for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::HttpProtobuf => "http/protobuf",
            Self::Grpc => "grpc",
            Self::HttpJson => "http/json",
        }
    }

    const fn feature(self) -> &'static str {
        match self {
            Self::HttpProtobuf => "otlp-http",
            Self::Grpc => "otlp-grpc",
            Self::HttpJson => "otlp-json",
        }
    }

    /// Whether this build can speak it.
    const fn is_built_in(self) -> bool {
        match self {
            Self::HttpProtobuf => true,
            Self::Grpc => cfg!(feature = "otlp-grpc"),
            Self::HttpJson => cfg!(feature = "otlp-json"),
        }
    }
}

impl OtlpSettings {
    /// The settings without what this build can't do, and what was left out.
    ///
    /// # Errors
    ///
    /// When spans are to be exported, and would not arrive.
    pub(super) fn checked(mut self, is_used: bool) -> Result<(Self, Vec<String>), String> {
        let mut problems = Vec::new();
        if !is_used {
            return Ok((self, problems));
        }
        if let Some(endpoint) = &self.endpoint {
            let is_base = matches!(endpoint, OtlpEndpoint::Base(_)) && self.protocol != Some(OtlpProtocol::Grpc);
            check_endpoint(endpoint.url(), is_base).map_err(|mistake| endpoint.named(&mistake))?;
        }
        if let Some(protocol) = self.protocol.take_if(|protocol| !protocol.is_built_in()) {
            problems.push(format!(
                "OTEL_EXPORTER_OTLP_PROTOCOL: {} is not built in, but by the feature `{}` of traced; http/protobuf is \
                 used, for which a Collector listens on port 4318",
                protocol.as_str(),
                protocol.feature()
            ));
        }
        if self.gzip == Some(true) && !cfg!(feature = "gzip") {
            self.gzip = None;
            problems.push(
                "OTEL_EXPORTER_OTLP_COMPRESSION: gzip needs the feature `gzip` of traced; nothing is compressed"
                    .to_owned(),
            );
        }
        if self.tls != TlsFiles::default() && !cfg!(feature = "tls") {
            self.tls = TlsFiles::default();
            problems.push("OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_KEY and _CLIENT_CERTIFICATE need the feature `tls` of traced; they are ignored".to_owned());
        }
        Ok((self, problems))
    }
}

#[cfg(feature = "tls")]
impl TlsFiles {
    /// The client's certificate and its key.
    ///
    /// # Errors
    ///
    /// When only one of them is set.
    pub(super) fn client_pair(&self) -> Result<Option<(&String, &String)>, String> {
        match (&self.client_certificate, &self.client_key) {
            (Some(chain), Some(key)) => Ok(Some((chain, key))),
            (None, None) => Ok(None),
            _ => Err("a client certificate needs its key and a key its certificate: set both \
                      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY"
                .to_owned()),
        }
    }
}

impl OtlpEndpoint {
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Base(url) | Self::Exact(url) => url,
        }
    }

    /// A mistake with the name of the setting and its value as it may be shown.
    pub(super) fn named(&self, mistake: &str) -> String {
        let names = match self {
            Self::Base(_) => "OTEL_EXPORTER_OTLP_ENDPOINT (in code: otlp_endpoint)",
            Self::Exact(_) => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (in code: otlp_traces_endpoint)",
        };
        let url = shown_url(self.url());
        format!("{names} is {}: {mistake}", url.as_deref().unwrap_or("(not shown)"))
    }
}
