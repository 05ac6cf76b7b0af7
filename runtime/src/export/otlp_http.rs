//! OTLP over HTTP, in protobuf: the default exporter.
//!
//! Follows the OTLP exporter specification and the OTLP specification, "OTLP/HTTP".

mod client;
mod encoding;
mod endpoint;
mod outage;
mod retry;
mod tls;

use std::fmt;
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, HeaderName, HeaderValue, header};

use self::client::{Answer, Client, Payload};
use self::encoding::Encoding;
use self::endpoint::Endpoint;
use self::outage::Trouble;
use self::retry::Backoff;
use self::tls::Tls;
use crate::export::otlp::{DEFAULT_ENDPOINT, DEFAULT_TIMEOUT};
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
use traced_core::__runtime::diagnostics;
use traced_core::__runtime::response::PartialSuccess;

/// Larger requests are not sent. OTLP exporter specification, "Request size limit".
const MAX_REQUEST: usize = 64 << 20;
/// Attempts do not follow each other more closely, or the last ones before the deadline would be a burst.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
/// How long the end of the program is held up by a receiver that cannot be reached.
const PATIENCE_AT_END: Duration = Duration::from_secs(1);
const USER_AGENT: &str = concat!("traced-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));

/// Exports to an OpenTelemetry Collector, or any backend that takes OTLP over HTTP.
///
/// What fails on the way, or is answered with 429, 502, 503 or 504, is sent again after growing pauses, or after the
/// one that `Retry-After` asks for, until the deadline of the export. Everything else is refused for good and counted.
/// The spans wait meanwhile in memory, within the bound of the pipeline.
///
/// ```
/// use std::time::Duration;
/// use traced::OtlpHttpExporter;
///
/// let exporter = OtlpHttpExporter::builder()
///     .endpoint("http://collector:4318")
///     .header("x-tenant", "shop")
///     .timeout(Duration::from_secs(5))
///     .build()?;
/// # Ok::<(), traced::OtlpHttpError>(())
/// ```
pub struct OtlpHttpExporter {
    client: Client,
    encoding: Encoding,
    /// The receiver asked to be left alone until then.
    not_before: Option<Instant>,
    trouble: Trouble,
}

/// Settings of an [`OtlpHttpExporter`] exporter. They are checked by [`build`](Self::build).
#[derive(Clone)]
pub struct OtlpHttpExporterBuilder {
    endpoint: String,
    is_base: bool,
    headers: Vec<(String, String)>,
    timeout: Option<Duration>,
    user_agent_prefix: String,
    encoding: Encoding,
    tls: Tls,
}

/// A setting of the exporter cannot be used. Says which, and the way out; never a header's value or a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtlpHttpError {
    reason: String,
    setting: Setting,
}

/// What an [`OtlpHttpError`] is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Setting {
    Endpoint,
    Headers,
    Other,
}

impl OtlpHttpExporter {
    /// Settings as the specification has them by default: `http://localhost:4318/v1/traces`, 10 s.
    #[must_use]
    pub fn builder() -> OtlpHttpExporterBuilder {
        OtlpHttpExporterBuilder {
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            is_base: true,
            headers: Vec::new(),
            timeout: Some(DEFAULT_TIMEOUT),
            user_agent_prefix: String::new(),
            encoding: Encoding::Identity,
            tls: Tls::default(),
        }
    }

    fn send(&mut self, payload: &Payload<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.keep_away(call)?;
        let mut backoff = Backoff::new();
        loop {
            let answer = self.client.attempt(payload, call.time_left());
            if !matches!(answer, Answer::Later { reached: false, .. }) {
                self.trouble.ended(self.client.endpoint());
            }
            let (reason, after) = match answer {
                Answer::Accepted(partial) => return partial.map_or(Ok(()), |partial| self.partly_accepted(&partial)),
                Answer::Refused(reason) => return Err(ExportError::new(reason)),
                Answer::Later { reason, after, reached } => {
                    if !reached {
                        self.trouble.failed(&reason, self.client.endpoint().variable());
                    }
                    (reason, after)
                }
            };
            self.not_before = after.map(|pause| Instant::now() + pause);
            let pause = after.unwrap_or_else(|| backoff.next().min(call.time_left() / 2).max(SHORTEST_PAUSE));
            if self.is_hopeless(call) || !call.wait(pause) {
                return Err(self.give_up(reason, payload.spans));
            }
        }
    }

    /// Waits as long as the receiver asked for in an earlier call.
    fn keep_away(&mut self, call: &ExportCall<'_>) -> Result<(), ExportError> {
        let Some(time) = self.not_before else { return Ok(()) };
        let asked = time.saturating_duration_since(Instant::now());
        if !asked.is_zero() && !call.wait(asked) {
            let endpoint = self.client.endpoint();
            return Err(ExportError::new(format!("{endpoint} asked to be left alone for {asked:.0?} more")));
        }
        self.not_before = None;
        Ok(())
    }

    /// Whether the program ends and there has been no answer for so long that it should not be held up.
    fn is_hopeless(&self, call: &ExportCall<'_>) -> bool {
        call.is_ending() && self.trouble.lasts() > PATIENCE_AT_END
    }

    fn give_up(&mut self, reason: String, spans: usize) -> ExportError {
        self.trouble.lost(spans);
        let error = ExportError::new(reason);
        if self.trouble.was_told() { error.told() } else { error }
    }

    fn partly_accepted(&self, partial: &PartialSuccess) -> Result<(), ExportError> {
        let PartialSuccess { rejected_spans, message } = partial;
        let message = message.escape_debug();
        let endpoint = self.client.endpoint();
        if *rejected_spans == 0 {
            diagnostics::warn(format_args!("otlp-http: {endpoint} accepted all spans and says: {message}"));
            return Ok(());
        }
        Err(ExportError::rejected(*rejected_spans, format!("{endpoint} rejected {rejected_spans} spans: {message}")))
    }
}

impl SpanExporter for OtlpHttpExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        if batch.is_empty() {
            return Ok(());
        }
        let request = batch.otlp_request();
        check_size(request.len())?;
        let compressed = self.encoding.compress(&request).map_err(|error| ExportError::new(error.to_string()))?;
        let chunks = match &compressed {
            Some(compressed) => vec![compressed.as_slice()],
            None => request.chunks().collect(),
        };
        self.send(&Payload { chunks, encoding: self.encoding, spans: batch.len() }, call)
    }

    fn name(&self) -> &str {
        "otlp-http"
    }
}

/// Incompressible bytes grow by a few in a thousand at most, so what passes here passes compressed.
fn check_size(bytes: usize) -> Result<(), ExportError> {
    if bytes > MAX_REQUEST {
        let reason = format!("a request of {bytes} bytes is over the limit of {MAX_REQUEST}: make batches smaller");
        return Err(ExportError::new(reason));
    }
    Ok(())
}

impl OtlpHttpExporterBuilder {
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
        self.tls.authorities = Some(pem.into());
        self
    }

    /// Shows this certificate, with its chain, to the receiver; both in PEM. As the files of
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.tls.client = Some((chain.into(), key.into()));
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
        let client = Client::new(endpoint, headers, self.timeout, &self.tls).map_err(OtlpHttpError::new)?;
        Ok(OtlpHttpExporter { client, encoding: self.encoding, not_before: None, trouble: Trouble::default() })
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

impl OtlpHttpError {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), setting: Setting::Other }
    }

    /// What it is about.
    pub(crate) const fn setting(&self) -> Setting {
        self.setting
    }
}

impl fmt::Display for OtlpHttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for OtlpHttpError {}

impl fmt::Debug for OtlpHttpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpHttpExporter")
            .field("endpoint", &self.client.endpoint().to_string())
            .finish_non_exhaustive()
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
