//! The configuration of `init`: what the code says, else the environment, else the defaults; and settings that count
//! together.
//!
//! Follows the OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry Protocol
//! Exporter".

use crate::export::SpanExporter;
use crate::pipeline::state::Batching;
use crate::setup::env::{Environment, NO_LIMIT};
use crate::setup::exporters::{DEFAULT_HTML_PATH, HTML, NamedExporter, OTLP};
use crate::setup::log_level::LogLevel;
use crate::setup::otlp::{OtlpEndpoint, OtlpSettings, TlsFiles};
use crate::setup::samplers::SamplerSetting;
use crate::setup::settings::Settings;
use traced_core::Resource;
use traced_core::SpanLimits;

mod report;

/// A configuration in which nothing is open any more. Made by [`Config::resolve`].
pub(crate) struct Config {
    /// Settings of the code and of the environment. Those that are put together below are taken out, or do not count.
    pub(crate) settings: Settings,
    pub(crate) resource: Resource,
    pub(crate) sampler: SamplerSetting,
    pub(crate) exporters: Vec<NamedExporter>,
    pub(crate) limits: SpanLimits,
    pub(crate) otlp: OtlpSettings,
    /// The names of the exporters that were made.
    pub(crate) exporter_names: Vec<String>,
    /// Mistakes, and what cannot be done: each to be said once.
    pub(crate) problems: Vec<String>,
    /// The variables that were understood, with their values as they may be shown.
    variables: Vec<(&'static str, String)>,
}

impl Config {
    /// Puts together what the code says, which wins, and what the environment says.
    ///
    /// # Errors
    ///
    /// When it cannot work; the message says the way out.
    pub(crate) fn resolve(mut code: Settings, mut environment: Environment<'_>) -> Result<Self, String> {
        let mut said = Settings::from_env(&mut environment);
        let Environment { understood, mut problems, .. } = environment;
        let resource = resource(
            code.detects_resource.unwrap_or(true),
            [&mut said, &mut code].map(|settings| (settings.resource.take(), settings.service_name.take())),
        );
        problems.extend(exporters_of_both(&code, &said));
        let mut settings = code_over_environment(code, said);
        let sampler = sampler(&mut settings, &mut problems);
        bound_batch_by_queue(&mut settings, &mut problems);
        if settings.spool.is_some() && cfg!(not(feature = "spool")) {
            problems
                .push("TRACED_SPOOL: this build keeps nothing on disk, for want of traced's feature `spool`".into());
        }
        let exporters = settings.exporters.take().unwrap_or_else(|| vec![OTLP]);
        let mut otlp = settings.take_otlp();
        let of_headers = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
        otlp.headers_variable = of_headers.into_iter().find(|name| understood.contains_key(name));
        let (otlp, otlp_problems) = otlp.checked(exporters.contains(&OTLP))?;
        problems.extend(otlp_problems);
        Ok(Self {
            limits: settings.limits.unwrap_or_else(|| limits(&settings)),
            settings,
            resource,
            sampler,
            exporters,
            otlp,
            exporter_names: Vec::new(),
            problems,
            variables: understood.into_iter().collect(),
        })
    }

    /// Makes the exporters. Those that this build does not have are left out, and said.
    ///
    /// # Errors
    ///
    /// When the settings of one cannot work.
    pub(crate) fn build_exporters(&mut self) -> Result<Vec<Box<dyn SpanExporter>>, String> {
        let mut built = Vec::new();
        let named = std::mem::take(&mut self.exporters);
        let has_page = HTML.is_built_in() && named.contains(&HTML);
        for exporter in named {
            let page = has_page.then(|| self.html_path());
            match exporter.build(&self.otlp, page)? {
                Some(one) => {
                    built.push(one);
                    self.exporters.push(exporter);
                }
                None => self.problems.push(format!("OTEL_TRACES_EXPORTER: {}", exporter.left_out())),
            }
        }
        Ok(built)
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.settings.disabled.unwrap_or(false)
    }

    pub(crate) fn log_level(&self) -> LogLevel {
        self.settings.log_level.unwrap_or_default()
    }

    /// The file of the page of traces.
    pub(crate) fn html_path(&self) -> &str {
        self.settings.html_path.as_deref().unwrap_or(DEFAULT_HTML_PATH)
    }

    /// When and how much is exported at once.
    pub(crate) fn batching(&self) -> Batching {
        let default = Batching::default();
        Batching {
            delay: self.settings.schedule_delay.unwrap_or(default.delay),
            timeout: self.settings.export_timeout.unwrap_or(default.timeout).min(NO_LIMIT),
            max_spans: self.settings.max_export_batch_size.or_else(|| self.settings.max_queue_size.map(batch_of_queue)),
            max_queued_spans: self.settings.max_queue_size,
        }
    }
}

impl Settings {
    /// The part that the OTLP exporter needs. The endpoint for traces beats the base.
    fn take_otlp(&mut self) -> OtlpSettings {
        let base = self.otlp_endpoint.take().map(OtlpEndpoint::Base);
        OtlpSettings {
            endpoint: self.otlp_traces_endpoint.take().map(OtlpEndpoint::Exact).or(base),
            protocol: self.otlp_protocol,
            headers: self.otlp_headers.take(),
            headers_variable: None,
            gzip: self.otlp_gzip,
            timeout: self.otlp_timeout,
            insecure: self.otlp_insecure,
            tls: TlsFiles {
                certificate: self.otlp_certificate.take(),
                client_key: self.otlp_client_key.take(),
                client_certificate: self.otlp_client_certificate.take(),
            },
        }
    }
}

/// The environment's exporters are not heard where the code names some.
fn exporters_of_both(code: &Settings, said: &Settings) -> Option<String> {
    code.exporters.as_ref()?;
    let variable = match said {
        Settings { exporters: Some(_), .. } => "OTEL_TRACES_EXPORTER",
        Settings { otlp_traces_endpoint: Some(_), .. } => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        Settings { otlp_endpoint: Some(_), .. } => "OTEL_EXPORTER_OTLP_ENDPOINT",
        _ => return None,
    };
    Some(format!(
        "{variable} is ignored, since the code names an exporter (`.exporter(..)`), which has settings of its own: \
         remove the variable, or the call"
    ))
}

/// Settings of the code, else of the environment. Either endpoint of the code beats both of the environment.
fn code_over_environment(code: Settings, mut said: Settings) -> Settings {
    if code.otlp_endpoint.is_some() || code.otlp_traces_endpoint.is_some() {
        (said.otlp_endpoint, said.otlp_traces_endpoint) = (None, None);
    }
    code.or(said)
}

/// Detected, then what the environment says, then the code; of each, the service name last.
fn resource(detects: bool, said: [(Option<Resource>, Option<String>); 2]) -> Resource {
    let base = if detects { Resource::detect() } else { Resource::sdk().merge(&Resource::unknown_service()) };
    said.into_iter().fold(base, |all, (resource, service_name)| {
        let all = resource.map_or(all.clone(), |resource| all.merge(&resource));
        service_name.map_or(all.clone(), |name| all.merge(&Resource::service(name)))
    })
}

/// The code's sampler, or the one that the environment names, with its argument.
fn sampler(settings: &mut Settings, problems: &mut Vec<String>) -> SamplerSetting {
    let name = "OTEL_TRACES_SAMPLER_ARG";
    let argument = settings.sampler_argument.as_deref();
    let (named, problem) = match settings.sampler_name {
        Some(named) => named.build(argument),
        None => (SamplerSetting::Default, None),
    };
    problems.extend(problem.map(|problem| format!("{name}: {problem}")));
    if settings.sampler_name.is_none() && argument.is_some() {
        problems.push(format!("{name} is ignored, since OTEL_TRACES_SAMPLER is not set"));
    }
    settings.sampler.take().unwrap_or(named)
}

/// A batch is no larger than the queue that it comes from.
fn bound_batch_by_queue(settings: &mut Settings, problems: &mut Vec<String>) {
    let (Some(queue), Some(batch)) = (settings.max_queue_size, settings.max_export_batch_size) else { return };
    if batch > queue {
        settings.max_export_batch_size = Some(queue);
        problems.push(format!(
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE (in code: max_export_batch_size): {batch} is more than \
             OTEL_BSP_MAX_QUEUE_SIZE (in code: max_queue_size); {queue} is used"
        ));
    }
}

/// The most spans of a batch when only those of a queue are said: several batches fit into it.
fn batch_of_queue(queue: usize) -> usize {
    (queue / 4).max(512).min(queue)
}

/// The limit of spans, events or links beats the general one.
fn limits(settings: &Settings) -> SpanLimits {
    let default = SpanLimits::default();
    let general = settings.attribute_count_limit;
    let value_length = settings.span_attribute_value_length_limit.or(settings.attribute_value_length_limit);
    default
        .with_attributes(settings.span_attribute_count_limit.or(general).unwrap_or(default.attributes))
        .with_events(settings.span_event_count_limit.unwrap_or(default.events))
        .with_links(settings.span_link_count_limit.unwrap_or(default.links))
        .with_event_attributes(settings.event_attribute_count_limit.or(general).unwrap_or(default.event_attributes))
        .with_link_attributes(settings.link_attribute_count_limit.or(general).unwrap_or(default.link_attributes))
        .with_attribute_value_length(value_length.or(default.attribute_value_length))
}

#[cfg(test)]
mod tests;
