//! What `init` understood, to be read by people.

use std::fmt;
use std::time::Duration;

use super::otlp::shown_url;
use super::{Config, ExporterKind, OtlpEndpoint};
use crate::setup::env::{Environment, Kind, NO_LIMIT, Parsed, VARIABLES};
use traced_core::Value;

/// What the exporters do without a word.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Stands for what must not be shown.
const MASK: &str = "***";

/// The variables that were understood, with their values as they may be shown.
pub(super) fn variables(environment: &Environment) -> Vec<(&'static str, String)> {
    environment.understood().map(|(name, parsed)| (name, shown(name, parsed))).collect()
}

fn shown(name: &str, parsed: &Parsed) -> String {
    let kind = VARIABLES.iter().find(|variable| variable.name == name).map(|variable| variable.kind);
    match (kind, parsed) {
        (Some(Kind::SecretPairs), Parsed::Pairs(pairs)) => masked(pairs),
        (Some(Kind::Url), Parsed::Text(url)) => shown_url(url),
        (_, other) => other.to_string(),
    }
}

fn masked(headers: &[(String, String)]) -> String {
    let headers: Vec<String> = headers.iter().map(|(name, _)| format!("{name}={MASK}")).collect();
    headers.join(", ")
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.disabled {
            return f.write_str("switched off; trace context is still passed on");
        }
        for attribute in self.resource.attributes() {
            match &attribute.value {
                Value::String(text) => writeln!(f, "resource  {}={text}", attribute.key)?,
                other => writeln!(f, "resource  {}={other:?}", attribute.key)?,
            }
        }
        writeln!(f, "sampler   {}", self.sampler.description())?;
        for name in &self.exporter_names {
            writeln!(f, "exporter  {name}")?;
        }
        for kind in &self.exporters {
            self.exporter(*kind, f)?;
        }
        self.batches(f)?;
        writeln!(f, "limits    {:?}", self.limits)?;
        writeln!(f, "context   {}", self.propagators.as_deref().unwrap_or("tracecontext,baggage"))?;
        if let Some(filter) = &self.filter {
            writeln!(f, "filter    {filter}")?;
        }
        for (name, value) in &self.variables {
            writeln!(f, "variable  {name}={value}")?;
        }
        self.problems.iter().try_for_each(|problem| writeln!(f, "problem   {problem}"))
    }
}

impl Config {
    fn exporter(&self, kind: ExporterKind, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match kind {
            ExporterKind::Console | ExporterKind::OtlpStdout => Ok(()),
            ExporterKind::Html => writeln!(f, "html      to {}", self.html_path()),
            ExporterKind::Zipkin => {
                let url = self.zipkin_endpoint.as_deref().map_or_else(|| "its default".to_owned(), shown_url);
                let timeout = Parsed::Duration(self.zipkin_timeout.unwrap_or(DEFAULT_TIMEOUT));
                writeln!(f, "zipkin    to {url}, timeout {timeout}")
            }
            ExporterKind::Otlp => self.otlp_exporter(f),
        }
    }

    fn otlp_exporter(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let otlp = &self.otlp;
        let url = match &otlp.endpoint {
            None => "http://localhost:4318/v1/traces".to_owned(),
            Some(OtlpEndpoint::Base(url)) => format!("{}/v1/traces", shown_url(url).trim_end_matches('/')),
            Some(OtlpEndpoint::Exact(url)) => shown_url(url),
        };
        let protocol = otlp.protocol.unwrap_or_default().as_str();
        let compression = if otlp.gzip == Some(true) { "gzip" } else { "no compression" };
        write!(f, "otlp      to {url}, {protocol}, {compression}")?;
        match otlp.timeout {
            Some(NO_LIMIT) => write!(f, ", no timeout")?,
            timeout => write!(f, ", timeout {:?}", timeout.unwrap_or(DEFAULT_TIMEOUT))?,
        }
        match &otlp.headers {
            Some(headers) if !headers.is_empty() => writeln!(f, ", headers {}", masked(headers)),
            _ => writeln!(f),
        }
    }

    fn batches(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans = |most: Option<usize>| most.map_or_else(|| "no limit".to_owned(), |most| format!("{most} spans"));
        writeln!(
            f,
            "batches   every {:?}, at most {}, queue {}, export timeout {}",
            self.schedule_delay,
            spans(self.max_export_batch_size),
            spans(self.max_queue_size),
            Parsed::Duration(self.export_timeout)
        )
    }
}
