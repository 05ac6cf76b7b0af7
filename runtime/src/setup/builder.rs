//! Configuration in code: a method for each environment variable, and more.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::env::NO_LIMIT;
use super::log_level::LogLevel;
use super::otlp::OtlpProtocol;
use super::samplers::SamplerSetting;
use super::settings::Settings;
use super::settings::reader::no_limit_if_zero;
use crate::export::SpanExporter;
use crate::pipeline::tail::TailSampling;
use traced_core::__runtime::provider::ProviderSettings;
use traced_core::IdGenerator;
use traced_core::Resource;
use traced_core::SpanLimits;
use traced_core::SpanProcessor;
use traced_core::instrumentation::Metrics;
use traced_core::propagation::Propagator;
use traced_core::sampler::Sampler;

/// Configuration of [`init`](crate::init) in code; made by [`builder`].
#[derive(Default)]
#[must_use = "nothing is recorded before `init`"]
pub struct Builder {
    pub(crate) settings: Settings,
    pub(crate) exporters: Vec<Box<dyn SpanExporter>>,
    pub(crate) propagators: Vec<Box<dyn Propagator>>,
    pub(crate) provider: ProviderSettings,
    pub(crate) processors: Vec<Arc<dyn SpanProcessor>>,
    pub(crate) tail: Option<TailSampling>,
    pub(crate) memory_limit: Option<usize>,
}

/// Prepares [`init`](crate::init) with more than the environment says. What is set here wins over the environment.
///
/// ```
/// use traced::MemoryExporter;
/// let _traced = traced::builder().exporter(MemoryExporter::default()).init()?;
/// # Ok::<(), traced::InitError>(())
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// Who the spans are from, and which are recorded.
impl Builder {
    /// Whether recording is off, as `OTEL_SDK_DISABLED`: then nothing is recorded, no thread is started, and trace
    /// context is only passed on.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.settings.disabled = Some(disabled);
        self
    }

    /// How much the library says about itself, as `OTEL_LOG_LEVEL`. With [`LogLevel::Debug`], `init` says what it
    /// understood of its configuration.
    pub fn log_level(mut self, level: LogLevel) -> Self {
        self.settings.log_level = Some(level);
        self
    }

    /// The attribute `service.name`, as `OTEL_SERVICE_NAME`. By default it is `unknown_service:` and the name of the
    /// executable.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.settings.service_name = Some(name.into());
        self
    }

    /// The resource: what the spans come from, as `OTEL_RESOURCE_ATTRIBUTES`, in addition to what is detected; wins
    /// over both.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.settings.resource = Some(match self.settings.resource {
            Some(earlier) => earlier.merge(&resource),
            None => resource,
        });
        self
    }

    /// Whether process, host, operating system and service instance are detected, as by [`Resource::detect`]. `true`
    /// by default.
    pub fn detect_resource(mut self, detects: bool) -> Self {
        self.settings.detects_resource = Some(detects);
        self
    }

    /// The sampler, as `OTEL_TRACES_SAMPLER`; parent-based always on by default.
    ///
    /// ```
    /// use traced::sampler::{Adaptive, ParentBased};
    /// let builder = traced::builder().sampler(ParentBased::new(Adaptive::per_second(100.0)));
    /// ```
    pub fn sampler(mut self, sampler: impl Sampler) -> Self {
        self.settings.sampler = Some(SamplerSetting::Other(Box::new(sampler)));
        self
    }

    /// Sends only the traces that turn out to be interesting; decided in the background. Works besides the sampler:
    /// what that drops is not there to be kept.
    pub fn tail_sampling(mut self, tail: TailSampling) -> Self {
        self.tail = Some(tail);
        self
    }

    /// Which call sites are on, as `TRACED_FILTER`.
    pub fn filter(mut self, directives: impl Into<String>) -> Self {
        self.settings.filter = Some(directives.into());
        self
    }
}

/// The contents of a span.
impl Builder {
    /// The span limits, as `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` and its like.
    pub fn span_limits(mut self, limits: SpanLimits) -> Self {
        self.settings.limits = Some(limits);
        self
    }

    /// The generator of trace and span ids.
    pub fn id_generator(mut self, ids: impl IdGenerator) -> Self {
        self.provider.ids = Some(Box::new(ids));
        self
    }

    /// Baggage entries that every span gets as attributes of the same name.
    pub fn baggage_attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.provider.baggage_keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Keys whose values are replaced by `[redacted]` when a span ends, in its attributes and those of its events and
    /// links, whoever recorded them: this library, `tracing`, or OpenTelemetry's API. Names and messages are not looked
    /// at; [`exception_messages`](Self::exception_messages) leaves those of errors out.
    ///
    /// ```
    /// let builder = traced::builder().redact(["http.request.header.authorization", "user.email"]);
    /// ```
    pub fn redact<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.provider.redacted.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Whether each error has the stack of where it first left a span, as `err(backtrace)` asks for in one function; `false`
    /// by default. `RUST_BACKTRACE` says nothing about it.
    ///
    /// It takes some 20 µs for each error that is new, on the thread that returns it, and the first one of a process stalls
    /// its thread for as long as the symbols load.
    pub fn error_stack_traces(mut self, recorded: bool) -> Self {
        self.provider.error_stacks = recorded;
        self
    }

    /// Whether messages of errors and panics are recorded; `true` by default. Without them, only the types are:
    /// for programs whose messages may hold secrets.
    pub fn exception_messages(mut self, recorded: bool) -> Self {
        self.provider.exceptions_without_messages = !recorded;
        self
    }

    /// Who keeps measurements: of servers, clients and drivers, and of functions with `#[traced(metric)]`. Without it,
    /// nothing is measured. See `traced-metrics-opentelemetry` for OpenTelemetry's SDK.
    pub fn metrics(mut self, metrics: impl Metrics) -> Self {
        self.provider.metrics = Some(Box::new(metrics));
        self
    }

    /// Adds a format in which context travels. The first one replaces those of `OTEL_PROPAGATORS`.
    pub fn propagator(mut self, propagator: impl Propagator + 'static) -> Self {
        self.propagators.push(Box::new(propagator));
        self
    }
}

/// How finished spans are exported.
impl Builder {
    /// Adds a processor, which sees every recording span.
    pub fn processor(mut self, processor: impl SpanProcessor) -> Self {
        self.processors.push(Arc::new(processor));
        self
    }

    /// Adds an exporter. The first one replaces those of `OTEL_TRACES_EXPORTER`.
    pub fn exporter(mut self, exporter: impl SpanExporter) -> Self {
        self.exporters.push(Box::new(exporter));
        self.settings.exporters = Some(Vec::new());
        self
    }

    /// The file of the page of traces where `OTEL_TRACES_EXPORTER` names `html`, as `TRACED_HTML`; `traces.html` by
    /// default.
    pub fn html_path(mut self, path: impl Into<String>) -> Self {
        self.settings.html_path = Some(path.into());
        self
    }

    /// The most bytes of finished spans held in memory; 32 MiB by default, 64 KiB at least. Over it, spans are dropped
    /// and counted.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// A directory where spans wait that cannot be delivered, as `TRACED_SPOOL`: after two attempts in a row that failed,
    /// and at the end of the program. Another process that is given the same directory sends what this one leaves. At
    /// most 64 MiB and a day are kept; contents are plain, and only for the user of the process to read. Of the
    /// exporters, those of OTLP over HTTP and gRPC use it.
    ///
    /// First choice is an agent on the same host that keeps a queue of its own; this is for hosts without one, for
    /// short-lived jobs and for devices. Spans that wait on disk count as flushed.
    #[cfg(feature = "spool")]
    pub fn spool(mut self, directory: impl Into<std::path::PathBuf>) -> Self {
        self.settings.spool = Some(directory.into());
        self
    }

    /// How long a span may wait for company, as `OTEL_BSP_SCHEDULE_DELAY`; 5 seconds by default.
    pub fn schedule_delay(mut self, delay: Duration) -> Self {
        self.settings.schedule_delay = Some(delay.min(NO_LIMIT));
        self
    }

    /// How long the export of a batch may take, as `OTEL_BSP_EXPORT_TIMEOUT`; 30 seconds by default, and zero means
    /// that there is no limit.
    pub fn export_timeout(mut self, timeout: Duration) -> Self {
        self.settings.export_timeout = Some(no_limit_if_zero(timeout));
        self
    }

    /// The most spans that may wait for an exporter, as `OTEL_BSP_MAX_QUEUE_SIZE`; by default their bytes are bounded
    /// ([`memory_limit`](Self::memory_limit)), not their number. 0 counts as 1.
    pub fn max_queue_size(mut self, spans: usize) -> Self {
        self.settings.max_queue_size = Some(spans.max(1));
        self
    }

    /// The most spans of a batch, as `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`; by default their bytes are bounded, not their
    /// number. 0 counts as 1.
    pub fn max_export_batch_size(mut self, spans: usize) -> Self {
        self.settings.max_export_batch_size = Some(spans.max(1));
        self
    }
}

/// The OTLP exporter, where `OTEL_TRACES_EXPORTER` names it or nothing is said of exporters. One that is given by
/// [`exporter`](Self::exporter) has settings of its own.
impl Builder {
    /// The base URL to which `v1/traces` is appended, as `OTEL_EXPORTER_OTLP_ENDPOINT`; `http://localhost:4318` by
    /// default.
    pub fn otlp_endpoint(mut self, base: impl Into<String>) -> Self {
        self.settings.otlp_endpoint = Some(base.into());
        self.settings.otlp_traces_endpoint = None;
        self
    }

    /// The URL for traces, used as it is, as `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. Of this and
    /// [`otlp_endpoint`](Self::otlp_endpoint), the later counts.
    pub fn otlp_traces_endpoint(mut self, url: impl Into<String>) -> Self {
        self.settings.otlp_traces_endpoint = Some(url.into());
        self.settings.otlp_endpoint = None;
        self
    }

    /// Adds a header field to every request. The first one replaces those of `OTEL_EXPORTER_OTLP_HEADERS`. Values are
    /// never printed.
    pub fn otlp_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.otlp_headers.get_or_insert_default().push((name.into(), value.into()));
        self
    }

    /// How OTLP is spoken, as `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub fn otlp_protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.settings.otlp_protocol = Some(protocol);
        self
    }

    /// Whether requests are compressed, as `OTEL_EXPORTER_OTLP_COMPRESSION=gzip`; needs the feature `gzip`.
    pub fn otlp_gzip(mut self, gzip: bool) -> Self {
        self.settings.otlp_gzip = Some(gzip);
        self
    }

    /// How long one request may take, as `OTEL_EXPORTER_OTLP_TIMEOUT`; 10 seconds by default, and zero means that there
    /// is no limit.
    pub fn otlp_timeout(mut self, timeout: Duration) -> Self {
        self.settings.otlp_timeout = Some(no_limit_if_zero(timeout));
        self
    }

    /// Whether OTLP/gRPC to an endpoint without a scheme goes without TLS, as `OTEL_EXPORTER_OTLP_INSECURE`.
    pub fn otlp_insecure(mut self, insecure: bool) -> Self {
        self.settings.otlp_insecure = Some(insecure);
        self
    }

    /// The file of certificates (PEM) that the receiver's must lead to, as `OTEL_EXPORTER_OTLP_CERTIFICATE`; needs the
    /// feature `tls`.
    pub fn otlp_certificate(mut self, path: impl Into<String>) -> Self {
        self.settings.otlp_certificate = Some(path.into());
        self
    }

    /// The file of the client's private key (PEM), as `OTEL_EXPORTER_OTLP_CLIENT_KEY`; needs the feature `tls`.
    pub fn otlp_client_key(mut self, path: impl Into<String>) -> Self {
        self.settings.otlp_client_key = Some(path.into());
        self
    }

    /// The file of the client's certificate (PEM), as `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`; needs the feature `tls`.
    pub fn otlp_client_certificate(mut self, path: impl Into<String>) -> Self {
        self.settings.otlp_client_certificate = Some(path.into());
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exporters: Vec<&str> = self.exporters.iter().map(super::super::export::SpanExporter::name).collect();
        f.debug_struct("Builder")
            .field("service_name", &self.settings.service_name)
            .field("resource", &self.settings.resource)
            .field("exporters", &exporters)
            .finish_non_exhaustive()
    }
}
