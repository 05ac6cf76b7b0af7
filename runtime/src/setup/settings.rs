//! The table of settings: what can be said by environment variables and by the builder, one row each.
//!
//! A new environment variable is a row here, a method of the builder, and a row of `docs/configuration.md`; a test
//! says so when one is missing. Settings that count together are combined by `Config::resolve`.

use std::path::PathBuf;
use std::time::Duration;

use super::env::Environment;
use super::exporters::{DEFAULT_HTML_PATH, NamedExporter, OTLP};
use super::log_level::LogLevel;
use super::otlp::OtlpProtocol;
use super::samplers::{NamedSampler, SamplerSetting};
use crate::export::otlp::{DEFAULT_ENDPOINT, DEFAULT_TIMEOUT};
use crate::pipeline::state::Batching;
use reader::{Reader, Unsupported};
use traced_core::Resource;
use traced_core::SpanLimits;

pub(crate) mod reader;

/// The formats of context without a word about them.
pub(crate) const DEFAULT_PROPAGATORS: &str = "tracecontext,baggage";

/// One setting that the environment knows.
struct Setting<T: 'static> {
    /// Its environment variables, the most particular first.
    variables: &'static [&'static str],
    reader: Reader<T>,
    /// The default in words.
    default: fn() -> String,
}

impl<T> Setting<T> {
    /// The value of the first variable that is set and understood. Those that lose are read, too, since their
    /// mistakes are worth a word.
    fn read(&self, environment: &mut Environment<'_>) -> Option<T> {
        let mut first = None;
        for name in self.variables.iter().copied() {
            let Some(text) = environment.text(name) else { continue };
            match (self.reader.parse)(&text) {
                Ok((value, problem)) => {
                    environment.problems.extend(problem.map(|problem| format!("{name}: {problem}")));
                    let shown = value.as_ref().map(self.reader.show);
                    environment.understood.extend(shown.map(|shown| (name, shown)));
                    first = first.or(value);
                }
                Err(mistake) => environment
                    .problems
                    .push(format!("{name}: {mistake}; it counts as unset (default: {})", (self.default)())),
            }
        }
        first
    }
}

/// A variable with what the documentation says of it.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    /// The reader's name.
    pub(crate) reader: &'static str,
    pub(crate) default: String,
    /// The method of the builder; empty when there is none.
    pub(crate) method: &'static str,
}

/// Makes of the rows: the struct, how it is read, how two of them are combined, and the list of variables.
///
/// A row: what it is · field · type · reader · environment variables, the most particular first · default in words ·
/// method of the builder. Rows without environment variables have a field, a type and a method.
macro_rules! settings {
    (
        in environment and code {
            $($(#[$doc:meta])* $field:ident: $type:ty, $reader:ident, $variables:expr, $default:expr, $method:literal;)*
        }
        in code {
            $($(#[$code_doc:meta])* $code_field:ident: $code_type:ty, $code_method:literal;)*
        }
    ) => {
        /// All settings, of the code or of the environment; `None` is what was not said.
        #[derive(Default)]
        pub(crate) struct Settings {
            $($(#[$doc])* pub(crate) $field: Option<$type>,)*
            $($(#[$code_doc])* pub(crate) $code_field: Option<$code_type>,)*
        }

        impl Settings {
            /// Settings of the environment. Mistakes go to its problems.
            pub(crate) fn from_env(environment: &mut Environment<'_>) -> Self {
                Self {
                    $($field: Setting { variables: &$variables, reader: reader::$reader, default: || $default.into() }
                        .read(environment),)*
                    $($code_field: None,)*
                }
            }

            /// These settings, else the other ones, one by one.
            pub(crate) fn or(self, other: Self) -> Self {
                Self {
                    $($field: self.$field.or(other.$field),)*
                    $($code_field: self.$code_field.or(other.$code_field),)*
                }
            }
        }

        /// The name of each variable of each row.
        pub(crate) fn variable_names() -> Vec<&'static str> {
            let mut names: Vec<&'static str> = Vec::new();
            $(names.extend($variables);)*
            names
        }

        /// Each variable of each row.
        #[cfg(test)]
        fn variables() -> Vec<Variable> {
            let mut variables = Vec::new();
            $(variables.extend($variables.map(|name| Variable {
                name,
                reader: stringify!($reader),
                default: $default.into(),
                method: $method,
            }));)*
            variables
        }

        /// Each method of the builder that a row names.
        #[cfg(test)]
        const METHODS: &[&str] = &[$($method,)* $($code_method,)*];
    };
}

#[rustfmt::skip]
settings! {
in environment and code {
    /// Nothing is recorded.
    disabled: bool, BOOL, ["OTEL_SDK_DISABLED"], "false", "disabled";
    log_level: LogLevel, LEVEL, ["OTEL_LOG_LEVEL"], (reader::LEVEL.show)(&LogLevel::default()), "log_level";
    /// Attributes of the resource. Those of the code and of the environment are merged.
    resource: Resource, RESOURCE, ["OTEL_RESOURCE_ATTRIBUTES"], "none", "resource";
    service_name: String, TEXT, ["OTEL_SERVICE_NAME"], "unknown_service:EXECUTABLE", "service_name";
    entities: Unsupported, UNSUPPORTED, ["OTEL_ENTITIES"], "none", "";
    propagators: String, TEXT, ["OTEL_PROPAGATORS"], DEFAULT_PROPAGATORS, "propagator";
    sampler_name: NamedSampler, SAMPLER, ["OTEL_TRACES_SAMPLER"], "parentbased_always_on", "sampler";
    sampler_argument: String, TEXT, ["OTEL_TRACES_SAMPLER_ARG"], "1.0", "sampler";
    exporters: Vec<NamedExporter>, EXPORTERS, ["OTEL_TRACES_EXPORTER"], OTLP.word, "exporter";

    schedule_delay: Duration, DURATION, ["OTEL_BSP_SCHEDULE_DELAY"], time(Batching::default().delay), "schedule_delay";
    export_timeout: Duration, TIMEOUT, ["OTEL_BSP_EXPORT_TIMEOUT"], time(Batching::default().timeout), "export_timeout";
    max_queue_size: usize, POSITIVE, ["OTEL_BSP_MAX_QUEUE_SIZE"], "bounded in bytes", "max_queue_size";
    max_export_batch_size: usize, POSITIVE,
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], "bounded in bytes", "max_export_batch_size";

    attribute_value_length_limit: u32, COUNT, ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"], "none", "span_limits";
    attribute_count_limit: u32, COUNT, ["OTEL_ATTRIBUTE_COUNT_LIMIT"], count(|limits| limits.attributes), "span_limits";
    span_attribute_value_length_limit: u32, COUNT, ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"], "none", "span_limits";
    span_attribute_count_limit: u32, COUNT,
        ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"], count(|limits| limits.attributes), "span_limits";
    span_event_count_limit: u32, COUNT, ["OTEL_SPAN_EVENT_COUNT_LIMIT"], count(|limits| limits.events), "span_limits";
    span_link_count_limit: u32, COUNT, ["OTEL_SPAN_LINK_COUNT_LIMIT"], count(|limits| limits.links), "span_limits";
    event_attribute_count_limit: u32, COUNT,
        ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"], count(|limits| limits.event_attributes), "span_limits";
    link_attribute_count_limit: u32, COUNT,
        ["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"], count(|limits| limits.link_attributes), "span_limits";

    /// A base URL for all signals, to which the path of traces is appended.
    otlp_endpoint: String, URL, ["OTEL_EXPORTER_OTLP_ENDPOINT"], DEFAULT_ENDPOINT, "otlp_endpoint";
    /// The URL for traces, used as it is.
    otlp_traces_endpoint: String, URL, ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], "none", "otlp_traces_endpoint";
    otlp_protocol: OtlpProtocol, PROTOCOL,
        ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"],
        OtlpProtocol::default().as_str(), "otlp_protocol";
    /// Names and values of header fields. Never to be printed.
    otlp_headers: Vec<(String, String)>, HEADERS,
        ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"], "none", "otlp_header";
    otlp_gzip: bool, COMPRESSION,
        ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"], "none", "otlp_gzip";
    otlp_timeout: Duration, TIMEOUT,
        ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"], time(DEFAULT_TIMEOUT), "otlp_timeout";
    /// gRPC without a scheme goes without TLS.
    otlp_insecure: bool, BOOL,
        ["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"], "false", "otlp_insecure";
    otlp_certificate: String, TEXT,
        ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"], "none", "otlp_certificate";
    otlp_client_key: String, TEXT,
        ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"], "none", "otlp_client_key";
    otlp_client_certificate: String, TEXT,
        ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"],
        "none", "otlp_client_certificate";

    config_file: Unsupported, UNSUPPORTED, ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"], "none", "";
    exception_signal: Unsupported, EXCEPTION_SIGNAL, ["OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN"], "span events", "";
    /// Which call sites are on.
    filter: String, TEXT, ["TRACED_FILTER"], "none", "filter";
    /// The file of the page of traces.
    html_path: String, TEXT, ["TRACED_HTML"], DEFAULT_HTML_PATH, "html_path";
    /// The directory where spans wait that cannot be delivered.
    spool: PathBuf, PATH, ["TRACED_SPOOL"], "none", "spool";
}
in code {
    /// Process, host, operating system and service instance are detected.
    detects_resource: bool, "detect_resource";
    /// Beats the sampler that the environment names.
    sampler: SamplerSetting, "sampler";
    /// Beats each limit of the environment.
    limits: SpanLimits, "span_limits";
}
}

fn time(time: Duration) -> String {
    (reader::DURATION.show)(&time)
}

fn count(of: fn(SpanLimits) -> u32) -> String {
    of(SpanLimits::default()).to_string()
}

#[cfg(test)]
mod tests;
