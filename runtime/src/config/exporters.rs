//! The exporters that the configuration names.

use super::{Config, ExporterKind};
use crate::export::Exporter;

impl Config {
    /// Makes them. Those that this build does not have are left out, and said.
    ///
    /// # Errors
    ///
    /// When the settings of one cannot work.
    pub(crate) fn build_exporters(&mut self) -> Result<Vec<Box<dyn Exporter>>, String> {
        let mut exporters = Vec::new();
        for kind in std::mem::take(&mut self.exporters) {
            match self.build_exporter(kind)? {
                Some(exporter) => {
                    exporters.push(exporter);
                    self.exporters.push(kind);
                }
                None => self.problems.push(format!(
                    "OTEL_TRACES_EXPORTER: {} is not built in and is left out; switch its feature of traced on",
                    kind.as_str()
                )),
            }
        }
        Ok(exporters)
    }

    fn build_exporter(&self, kind: ExporterKind) -> Result<Option<Box<dyn Exporter>>, String> {
        match kind {
            #[cfg(feature = "otlp-http")]
            ExporterKind::Otlp => self.otlp_http().map(Some),
            #[cfg(feature = "console")]
            ExporterKind::Console => Ok(Some(Box::new(crate::ConsoleExporter::stdout()))),
            _ => Ok(None),
        }
    }

    #[cfg(feature = "otlp-http")]
    fn otlp_http(&self) -> Result<Box<dyn Exporter>, String> {
        use super::OtlpEndpoint;
        use crate::env::NO_LIMIT;
        use std::time::Duration;

        let mut exporter = crate::OtlpHttpExporter::builder();
        exporter = match &self.otlp.endpoint {
            Some(OtlpEndpoint::Base(url)) => exporter.endpoint(url),
            Some(OtlpEndpoint::Exact(url)) => exporter.traces_endpoint(url),
            None => exporter,
        };
        for (name, value) in self.otlp.headers.iter().flatten() {
            exporter = exporter.header(name, value);
        }
        if let Some(timeout) = self.otlp.timeout {
            exporter = exporter.timeout(if timeout == NO_LIMIT { Duration::ZERO } else { timeout });
        }
        #[cfg(feature = "gzip")]
        if let Some(gzip) = self.otlp.gzip {
            exporter = exporter.gzip(gzip);
        }
        exporter.build().map(|exporter| Box::new(exporter) as Box<dyn Exporter>).map_err(|error| error.to_string())
    }
}
