//! The report of a configuration, to be read by people.

use std::fmt;

use super::Config;
use crate::export::otlp::{DEFAULT_ENDPOINT, DEFAULT_TIMEOUT, TRACES_PATH};
use crate::setup::env::NO_LIMIT;
use crate::setup::exporters::{HTML, OTLP};
use crate::setup::otlp::OtlpEndpoint;
use crate::setup::settings::DEFAULT_PROPAGATORS;
use crate::setup::settings::reader::{TIMEOUT, URL, masked, shown_value};

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_disabled() {
            return f.write_str("switched off; trace context is still passed on");
        }
        for attribute in self.resource.attributes() {
            writeln!(f, "resource  {}={}", attribute.key, shown_value(&attribute.value))?;
        }
        writeln!(f, "sampler   {}", self.sampler.description())?;
        for name in &self.exporter_names {
            writeln!(f, "exporter  {name}")?;
        }
        if self.exporters.contains(&OTLP) {
            self.otlp_exporter(f)?;
        }
        if self.exporters.contains(&HTML) {
            writeln!(f, "html      to {}", self.html_path())?;
        }
        if let Some(spool) = self.settings.spool.as_ref().filter(|_| cfg!(feature = "spool")) {
            writeln!(f, "spool     in {}", spool.display())?;
        }
        self.batches(f)?;
        writeln!(f, "limits    {:?}", self.limits)?;
        writeln!(f, "context   {}", self.settings.propagators.as_deref().unwrap_or(DEFAULT_PROPAGATORS))?;
        if let Some(filter) = &self.settings.filter {
            writeln!(f, "filter    {filter}")?;
        }
        for (name, value) in &self.variables {
            writeln!(f, "variable  {name}={value}")?;
        }
        self.problems.iter().try_for_each(|problem| writeln!(f, "problem   {problem}"))
    }
}

impl Config {
    fn otlp_exporter(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let otlp = &self.otlp;
        let traces = |base: &str| format!("{}/{TRACES_PATH}", base.trim_end_matches('/'));
        let url = match &otlp.endpoint {
            None => traces(DEFAULT_ENDPOINT),
            Some(OtlpEndpoint::Base(url)) => traces(&(URL.show)(url)),
            Some(OtlpEndpoint::Exact(url)) => (URL.show)(url),
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
        let batching = self.batching();
        writeln!(
            f,
            "batches   every {:?}, at most {}, queue {}, export timeout {}",
            batching.delay,
            spans(batching.max_spans),
            spans(batching.max_queued_spans),
            (TIMEOUT.show)(&batching.timeout)
        )
    }
}
