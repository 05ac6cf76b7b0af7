//! What the OTLP exporter is told.

use std::time::Duration;

use crate::setup::env::Environment;

/// The settings of the OTLP exporter; `None` is its default.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct OtlpSettings {
    pub(crate) endpoint: Option<OtlpEndpoint>,
    pub(crate) protocol: Option<OtlpProtocol>,
    /// Names and values of header fields. Never to be printed.
    pub(crate) headers: Option<Vec<(String, String)>>,
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
    fn of_word(word: &str) -> Self {
        match word {
            "grpc" => Self::Grpc,
            "http/json" => Self::HttpJson,
            _ => Self::HttpProtobuf,
        }
    }

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
    pub(super) fn from_env(environment: &Environment) -> Self {
        let exact = environment.text(&["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]).map(OtlpEndpoint::Exact);
        let base = || environment.text(&["OTEL_EXPORTER_OTLP_ENDPOINT"]).map(OtlpEndpoint::Base);
        let protocol = environment.word(&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]);
        let gzip = environment.word(&["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"]);
        Self {
            endpoint: exact.or_else(base),
            protocol: protocol.map(OtlpProtocol::of_word),
            headers: environment.pairs(&["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"]),
            gzip: gzip.map(|word| word == "gzip"),
            timeout: environment.duration(&["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]),
            insecure: environment.bool(&["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"]),
            tls: TlsFiles::from_env(environment),
        }
    }

    /// What is said here, else what the other one says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            endpoint: self.endpoint.or(other.endpoint),
            protocol: self.protocol.or(other.protocol),
            headers: self.headers.or(other.headers),
            gzip: self.gzip.or(other.gzip),
            timeout: self.timeout.or(other.timeout),
            insecure: self.insecure.or(other.insecure),
            tls: TlsFiles {
                certificate: self.tls.certificate.or(other.tls.certificate),
                client_key: self.tls.client_key.or(other.tls.client_key),
                client_certificate: self.tls.client_certificate.or(other.tls.client_certificate),
            },
        }
    }

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
            endpoint.check(self.protocol == Some(OtlpProtocol::Grpc)).map_err(|mistake| endpoint.named(&mistake))?;
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

impl TlsFiles {
    fn from_env(environment: &Environment) -> Self {
        Self {
            certificate: environment.text(&["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"]),
            client_key: environment.text(&["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"]),
            client_certificate: environment
                .text(&["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"]),
        }
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

    /// What is wrong with it, with the name of the setting and its value as it may be shown.
    pub(super) fn named(&self, mistake: &str) -> String {
        let names = match self {
            Self::Base(_) => "OTEL_EXPORTER_OTLP_ENDPOINT (in code: otlp_endpoint)",
            Self::Exact(_) => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (in code: otlp_traces_endpoint)",
        };
        format!("{names} is {}: {mistake}", shown_address(self.url()))
    }

    /// Finds the two mistakes that would otherwise only show as spans that don't arrive. Whether the URL is one at all
    /// is for the exporter to say.
    ///
    /// # Errors
    ///
    /// The mistake and the way out. Says nothing of user name and password.
    fn check(&self, is_grpc: bool) -> Result<(), String> {
        let url = self.url();
        let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        if !is_grpc && matches!(self, Self::Base(_)) && path.ends_with("/v1/traces") {
            return Err("it already ends in /v1/traces, which is appended to it: leave that out, or set \
                        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (in code: otlp_traces_endpoint), which is used as it is"
                .to_owned());
        }
        let is_https = url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        if is_https && !cfg!(feature = "tls") {
            return Err("https:// needs the feature `tls`: switch it on for traced, or use http://, \
                        for instance to a Collector on the same machine"
                .to_owned());
        }
        Ok(())
    }
}

/// What should be a URL as it may be shown: without user name, password and query, and not at all if it looks like
/// something else.
fn shown_address(text: &str) -> String {
    let text = text.trim().split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let is_address = rest.chars().all(|c| c.is_alphanumeric() || "-._~:/[]".contains(c));
    match (is_address, scheme) {
        (false, _) => "(not shown)".to_owned(),
        (true, "") => rest.to_owned(),
        (true, scheme) => format!("{scheme}://{rest}"),
    }
}

/// The URL as it may be shown: without user name, password and query.
pub(super) fn shown_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return "(not a URL)".to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}
