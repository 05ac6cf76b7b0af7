//! The variables that are known; `docs/configuration.md` has them with the methods of the builder.

use super::Kind::{Bool, Choice, Choices, Duration, Number, Pairs, SecretPairs, Text, Timeout, Unsupported, Url};
use super::{Kind, Variable};

const COUNT: Kind = Number(0, u32::MAX as u64);
const POSITIVE: Kind = Number(1, u32::MAX as u64);
const PROTOCOL: Kind = Choice(&["http/protobuf", "grpc", "http/json"]);
const COMPRESSION: Kind = Choice(&["none", "gzip"]);
const LEVEL: Kind = Choice(&["none", "off", "fatal", "error", "warn", "warning", "info", "debug", "trace", "verbose"]);
const SAMPLER: Kind = Choice(&[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
    "probability",
    "parentbased_probability",
    "parentbased_ratelimit",
    "parentbased_adaptive",
]);

const fn variable(name: &'static str, kind: Kind, default: &'static str) -> Variable {
    Variable { name, kind, default }
}

/// All of them, the more particular of two after the general one.
#[rustfmt::skip]
pub(crate) static VARIABLES: [Variable; 46] = [
    variable("OTEL_SDK_DISABLED", Bool, "false"),
    variable("OTEL_LOG_LEVEL", LEVEL, "info"),
    variable("OTEL_RESOURCE_ATTRIBUTES", Pairs, "none"),
    variable("OTEL_SERVICE_NAME", Text, "unknown_service:<executable>"),
    variable("OTEL_ENTITIES", Unsupported, "none"),
    variable("OTEL_PROPAGATORS", Text, "tracecontext,baggage"),
    variable("OTEL_TRACES_SAMPLER", SAMPLER, "parentbased_always_on"),
    variable("OTEL_TRACES_SAMPLER_ARG", Text, "1.0"),
    variable("OTEL_TRACES_EXPORTER", Choices(&["otlp", "console", "html", "zipkin", "otlp/stdout", "none"]), "otlp"),
    variable("OTEL_BSP_SCHEDULE_DELAY", Duration, "5 s"),
    variable("OTEL_BSP_EXPORT_TIMEOUT", Timeout, "30 s"),
    variable("OTEL_BSP_MAX_QUEUE_SIZE", POSITIVE, "bounded in bytes"),
    variable("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", POSITIVE, "bounded in bytes"),
    variable("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", COUNT, "none"),
    variable("OTEL_ATTRIBUTE_COUNT_LIMIT", COUNT, "128"),
    variable("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", COUNT, "none"),
    variable("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", COUNT, "128"),
    variable("OTEL_SPAN_EVENT_COUNT_LIMIT", COUNT, "128"),
    variable("OTEL_SPAN_LINK_COUNT_LIMIT", COUNT, "128"),
    variable("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", COUNT, "128"),
    variable("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", COUNT, "128"),
    variable("OTEL_EXPORTER_OTLP_ENDPOINT", Url, "http://localhost:4318"),
    variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Url, "none"),
    variable("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOL, "http/protobuf"),
    variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", PROTOCOL, "http/protobuf"),
    variable("OTEL_EXPORTER_OTLP_HEADERS", SecretPairs, "none"),
    variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS", SecretPairs, "none"),
    variable("OTEL_EXPORTER_OTLP_COMPRESSION", COMPRESSION, "none"),
    variable("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", COMPRESSION, "none"),
    variable("OTEL_EXPORTER_OTLP_TIMEOUT", Timeout, "10 s"),
    variable("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", Timeout, "10 s"),
    variable("OTEL_EXPORTER_OTLP_INSECURE", Bool, "false"),
    variable("OTEL_EXPORTER_OTLP_TRACES_INSECURE", Bool, "false"),
    variable("OTEL_EXPORTER_OTLP_CERTIFICATE", Text, "none"),
    variable("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", Text, "none"),
    variable("OTEL_EXPORTER_OTLP_CLIENT_KEY", Text, "none"),
    variable("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", Text, "none"),
    variable("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", Text, "none"),
    variable("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", Text, "none"),
    variable("OTEL_EXPORTER_ZIPKIN_ENDPOINT", Url, "http://localhost:9411/api/v2/spans"),
    variable("OTEL_EXPORTER_ZIPKIN_TIMEOUT", Timeout, "10 s"),
    variable("OTEL_CONFIG_FILE", Unsupported, "none"),
    variable("OTEL_EXPERIMENTAL_CONFIG_FILE", Unsupported, "none"),
    variable("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", Choice(&["logs", "logs/dup"]), "span events"),
    variable("TRACED_FILTER", Text, "none"),
    variable("TRACED_HTML", Text, "traces.html"),
];
