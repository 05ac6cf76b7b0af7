//! What `init` starts with: what the code says, else the environment, else the defaults.
//!
//! Follows the OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry Protocol
//! Exporter".

use std::time::Duration;

use crate::pipeline::state::Batching;
use crate::setup::env::{self, Environment, NO_LIMIT};
use traced_core::Resource;
use traced_core::Sampler;
use traced_core::SpanLimits;
use traced_core::sampler::Adaptive;
use traced_core::sampler::AlwaysOff;
use traced_core::sampler::AlwaysOn;
use traced_core::sampler::ParentBased;
use traced_core::sampler::Probability;
use traced_core::sampler::RateLimit;
use traced_core::sampler::TraceIdRatioBased;

mod builder;
pub(crate) mod exporters;
mod otlp;
mod report;

pub use otlp::OtlpProtocol;
pub(crate) use otlp::{OtlpEndpoint, OtlpSettings};

/// What may be said, by the code or by the environment; `None` is what neither said.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) disabled: Option<bool>,
    pub(crate) log_level: Option<LogLevel>,
    pub(crate) service_name: Option<String>,
    pub(crate) resource: Option<Resource>,
    pub(crate) detects_resource: Option<bool>,
    pub(crate) sampler: Option<SamplerSetting>,
    pub(crate) exporters: Option<Vec<ExporterKind>>,
    pub(crate) limits: Option<SpanLimits>,
    pub(crate) schedule_delay: Option<Duration>,
    pub(crate) export_timeout: Option<Duration>,
    pub(crate) max_queue_size: Option<usize>,
    pub(crate) max_export_batch_size: Option<usize>,
    pub(crate) otlp: OtlpSettings,
    pub(crate) zipkin_endpoint: Option<String>,
    pub(crate) zipkin_timeout: Option<Duration>,
    pub(crate) propagators: Option<String>,
    pub(crate) exception_signal: Option<ExceptionSignal>,
    pub(crate) filter: Option<String>,
    pub(crate) html_path: Option<String>,
}

/// What is done. Made by [`Config::resolve`].
pub(crate) struct Config {
    pub(crate) disabled: bool,
    pub(crate) log_level: LogLevel,
    pub(crate) resource: Resource,
    pub(crate) sampler: SamplerSetting,
    pub(crate) exporters: Vec<ExporterKind>,
    pub(crate) limits: SpanLimits,
    pub(crate) schedule_delay: Duration,
    pub(crate) export_timeout: Duration,
    pub(crate) max_queue_size: Option<usize>,
    pub(crate) max_export_batch_size: Option<usize>,
    pub(crate) otlp: OtlpSettings,
    pub(crate) zipkin_endpoint: Option<String>,
    pub(crate) zipkin_timeout: Option<Duration>,
    /// The list of `OTEL_PROPAGATORS`.
    pub(crate) propagators: Option<String>,
    /// The directives of `TRACED_FILTER`.
    pub(crate) filter: Option<String>,
    /// Where the page of traces goes, `TRACED_HTML`.
    pub(crate) html_path: Option<String>,
    /// The names of the exporters that were made.
    pub(crate) exporter_names: Vec<String>,
    /// What was not understood, or cannot be done: each to be said once.
    pub(crate) problems: Vec<String>,
    /// The variables that were understood, with their values as they may be shown.
    variables: Vec<(&'static str, String)>,
}

/// Which spans are sampled.
pub(crate) enum SamplerSetting {
    /// Parent-based always on, which needs no call to decide.
    Default,
    Other(Box<dyn Sampler>),
}

/// An exporter that the environment can name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExporterKind {
    Otlp,
    OtlpStdout,
    Console,
    Html,
    Zipkin,
}

/// Where exceptions are recorded.
///
/// Follows the semantic conventions, "Exceptions", which move from span events to logs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ExceptionSignal {
    /// As events of spans; the default.
    #[default]
    SpanEvents,
    /// As logs alone. As long as there is no sink for logs, they stay span events, with a warning.
    Logs,
    /// As both.
    Both,
}

/// How much the library says about itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Errors, of which there are none so far that are not returned.
    Error,
    /// Warnings: what does not work as configured, and what is lost.
    Warn,
    /// The same, since there is nothing else to say in a program that works; the default.
    #[default]
    Info,
    /// Also what `init` understood of its configuration.
    Debug,
}

impl Settings {
    /// What the environment says; what it says wrong goes to its problems.
    fn from_env(environment: &mut Environment) -> Self {
        let sampler = sampler(environment);
        let queue = environment.number(&["OTEL_BSP_MAX_QUEUE_SIZE"]).map(to_usize);
        let mut batch = environment.number(&["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"]).map(to_usize);
        if let (Some(queue), Some(too_large)) = (queue, batch.filter(|batch| queue.is_some_and(|queue| *batch > queue)))
        {
            environment.problems.push(format!(
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: {too_large} is more than OTEL_BSP_MAX_QUEUE_SIZE; {queue} is used"
            ));
            batch = Some(queue);
        }
        let resource = environment.pairs(&["OTEL_RESOURCE_ATTRIBUTES"]).map(Resource::of_pairs);
        Self {
            disabled: environment.bool(&["OTEL_SDK_DISABLED"]),
            log_level: environment.word(&["OTEL_LOG_LEVEL"]).map(LogLevel::of_word),
            service_name: environment.text(&["OTEL_SERVICE_NAME"]),
            resource,
            detects_resource: None,
            sampler,
            exporters: environment.words(&["OTEL_TRACES_EXPORTER"]).map(|words| exporters(&words)),
            limits: Some(limits(environment)),
            schedule_delay: environment.duration(&["OTEL_BSP_SCHEDULE_DELAY"]),
            export_timeout: environment.duration(&["OTEL_BSP_EXPORT_TIMEOUT"]),
            max_queue_size: queue,
            max_export_batch_size: batch,
            otlp: OtlpSettings::from_env(environment),
            zipkin_endpoint: environment.text(&["OTEL_EXPORTER_ZIPKIN_ENDPOINT"]),
            zipkin_timeout: environment.duration(&["OTEL_EXPORTER_ZIPKIN_TIMEOUT"]),
            propagators: environment.text(&["OTEL_PROPAGATORS"]),
            exception_signal: environment.word(&["OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN"]).map(ExceptionSignal::of_word),
            filter: environment.text(&["TRACED_FILTER"]),
            html_path: environment.text(&["TRACED_HTML"]),
        }
    }
}

impl Config {
    /// What is done when the code says `code`, which beats the environment.
    ///
    /// # Errors
    ///
    /// When it cannot work; the message says the way out.
    pub(crate) fn resolve(code: Settings, mut environment: Environment) -> Result<Self, String> {
        let said = Settings::from_env(&mut environment);
        let exporters = code.exporters.or(said.exporters).unwrap_or_else(|| vec![ExporterKind::Otlp]);
        let (otlp, otlp_problems) = code.otlp.or(said.otlp).checked(exporters.contains(&ExporterKind::Otlp))?;
        environment.problems.extend(otlp_problems);
        let exception_signal = code.exception_signal.or(said.exception_signal).unwrap_or_default();
        environment.problems.extend(exception_signal.problem());
        Ok(Self {
            disabled: code.disabled.or(said.disabled).unwrap_or(false),
            log_level: code.log_level.or(said.log_level).unwrap_or_default(),
            resource: resource(
                code.detects_resource.unwrap_or(true),
                [(said.resource, said.service_name), (code.resource, code.service_name)],
            ),
            sampler: code.sampler.or(said.sampler).unwrap_or(SamplerSetting::Default),
            exporters,
            limits: code.limits.or(said.limits).unwrap_or_default(),
            schedule_delay: code.schedule_delay.or(said.schedule_delay).unwrap_or(Duration::from_secs(5)),
            export_timeout: code
                .export_timeout
                .or(said.export_timeout)
                .unwrap_or(Duration::from_secs(30))
                .min(NO_LIMIT),
            max_queue_size: code.max_queue_size.or(said.max_queue_size),
            max_export_batch_size: code.max_export_batch_size.or(said.max_export_batch_size),
            otlp,
            zipkin_endpoint: code.zipkin_endpoint.or(said.zipkin_endpoint),
            zipkin_timeout: code.zipkin_timeout.or(said.zipkin_timeout),
            propagators: code.propagators.or(said.propagators),
            filter: code.filter.or(said.filter),
            html_path: code.html_path.or(said.html_path),
            exporter_names: Vec::new(),
            variables: report::variables(&environment),
            problems: environment.problems,
        })
    }
}

impl Config {
    /// Where the page of traces goes.
    pub(crate) fn html_path(&self) -> &str {
        self.html_path.as_deref().unwrap_or("traces.html")
    }

    /// When and how much is exported at once.
    pub(crate) fn batching(&self) -> Batching {
        Batching {
            delay: self.schedule_delay,
            timeout: self.export_timeout,
            max_spans: self.max_export_batch_size.or_else(|| self.max_queue_size.map(batch_of_queue)),
            max_queued_spans: self.max_queue_size,
        }
    }
}

/// Detected, then what the environment says, then the code; of each, the service name last.
fn resource(detects: bool, said: [(Option<Resource>, Option<String>); 2]) -> Resource {
    let base = if detects { Resource::detect() } else { Resource::sdk().merge(&Resource::unknown_service()) };
    said.into_iter().fold(base, |all, (resource, service_name)| {
        let all = resource.map_or(all.clone(), |resource| all.merge(&resource));
        service_name.map_or(all.clone(), |name| all.merge(&Resource::service(name)))
    })
}

/// The most spans of a batch when only those of a queue are said: several batches fit into it.
fn batch_of_queue(queue: usize) -> usize {
    (queue / 4).max(512).min(queue)
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The limit of spans, events or links beats the general one.
fn limits(environment: &Environment) -> SpanLimits {
    let default = SpanLimits::default();
    let number = |names: &[&str]| environment.number(names).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let attributes = number(&["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"]);
    let value_length = ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"];
    let of_event = number(&["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"]);
    let of_link = number(&["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"]);
    SpanLimits {
        attributes: attributes.unwrap_or(default.attributes),
        events: number(&["OTEL_SPAN_EVENT_COUNT_LIMIT"]).unwrap_or(default.events),
        links: number(&["OTEL_SPAN_LINK_COUNT_LIMIT"]).unwrap_or(default.links),
        event_attributes: of_event.unwrap_or(default.event_attributes),
        link_attributes: of_link.unwrap_or(default.link_attributes),
        attribute_value_length: number(&value_length),
        ..default
    }
}

fn exporters(words: &[&'static str]) -> Vec<ExporterKind> {
    use ExporterKind::{Console, Html, Otlp, OtlpStdout, Zipkin};
    let all = [Otlp, OtlpStdout, Console, Html, Zipkin];
    words.iter().filter_map(|word| all.into_iter().find(|kind| kind.as_str() == *word)).collect()
}

const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

/// `OTEL_TRACES_SAMPLER` with its argument.
fn sampler(environment: &mut Environment) -> Option<SamplerSetting> {
    let Some(name) = environment.word(&["OTEL_TRACES_SAMPLER"]) else {
        if environment.text(&[ARGUMENT]).is_some() {
            environment.problems.push(format!("{ARGUMENT} is ignored, since OTEL_TRACES_SAMPLER is not set"));
        }
        return None;
    };
    let share = |environment: &mut Environment| argument(environment, env::ratio, 1.0);
    let per_second = |environment: &mut Environment| argument(environment, rate, 100.0);
    let sampler: Box<dyn Sampler> = match name {
        "always_on" => Box::new(AlwaysOn),
        "always_off" => Box::new(AlwaysOff),
        "traceidratio" => Box::new(TraceIdRatioBased::new(share(environment))),
        "probability" => Box::new(Probability::new(share(environment))),
        "parentbased_always_off" => Box::new(ParentBased::new(AlwaysOff)),
        "parentbased_traceidratio" => Box::new(ParentBased::new(TraceIdRatioBased::new(share(environment)))),
        "parentbased_probability" => Box::new(ParentBased::new(Probability::new(share(environment)))),
        "parentbased_ratelimit" => Box::new(ParentBased::new(RateLimit::per_second(per_second(environment)))),
        "parentbased_adaptive" => Box::new(ParentBased::new(Adaptive::per_second(per_second(environment)))),
        _ => return Some(SamplerSetting::Default),
    };
    Some(SamplerSetting::Other(sampler))
}

fn argument(environment: &mut Environment, read: fn(&str) -> Result<f64, String>, default: f64) -> f64 {
    match environment.text(&[ARGUMENT]).as_deref().map(read).transpose() {
        Ok(number) => number.unwrap_or(default),
        Err(mistake) => {
            environment.problems.push(format!("{ARGUMENT}: {mistake}; it counts as unset (default: {default})"));
            default
        }
    }
}

/// Traces a second.
fn rate(value: &str) -> Result<f64, String> {
    let rate = value.parse::<f64>().ok().filter(|rate| *rate >= 0.0 && rate.is_finite());
    rate.ok_or_else(|| format!("{value:?} is not a number of traces a second"))
}

impl ExceptionSignal {
    fn of_word(word: &str) -> Self {
        if word == "logs" { Self::Logs } else { Self::Both }
    }

    /// There is nowhere to send logs to yet, so nothing is lost only if span events stay.
    fn problem(self) -> Option<String> {
        (self != Self::SpanEvents).then(|| {
            "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: there is no sink for logs, so exceptions are recorded as span events"
                .to_owned()
        })
    }
}

impl LogLevel {
    fn of_word(word: &str) -> Self {
        match word {
            "none" | "off" => Self::Off,
            "fatal" | "error" => Self::Error,
            "warn" | "warning" => Self::Warn,
            "info" => Self::Info,
            _ => Self::Debug,
        }
    }
}

impl ExporterKind {
    /// The name that the environment has for it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::OtlpStdout => "otlp/stdout",
            Self::Console => "console",
            Self::Html => "html",
            Self::Zipkin => "zipkin",
        }
    }
}

impl SamplerSetting {
    fn description(&self) -> String {
        match self {
            Self::Default => ParentBased::new(AlwaysOn).description(),
            Self::Other(sampler) => sampler.description(),
        }
    }
}

#[cfg(test)]
mod tests;
