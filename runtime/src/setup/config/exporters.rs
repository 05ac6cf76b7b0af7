//! The exporters that the configuration names.

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
use std::time::Duration;

#[cfg(feature = "otlp-http")]
use super::OtlpEndpoint;
use super::{Config, ExporterKind};
#[cfg(feature = "tls")]
use crate::export::otlp_http::OtlpHttpExporterBuilder;
#[cfg(feature = "otlp-http")]
use crate::export::otlp_http::{OtlpHttpError, OtlpHttpExporter, Setting};
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
use crate::setup::env::NO_LIMIT;

/// Lets spans go. With `OTEL_TRACES_EXPORTER=none` spans still have ids, are sampled, and are passed on to other
/// services, as the specification says; something has to take them from memory.
pub(crate) struct NoExporter;

impl SpanExporter for NoExporter {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn name(&self) -> &str {
        "none"
    }
}

impl ExporterKind {
    /// What to say when this build does not have it.
    fn left_out(self) -> String {
        let way_out = match self {
            Self::Otlp => "switch on the feature `otlp-http` of traced",
            Self::OtlpStdout => "switch on the feature `file` of traced",
            Self::Console => "switch on the feature `console` of traced",
            Self::Html => "switch on the feature `html` of traced",
            Self::Zipkin => "send OTLP to a Collector, which translates",
        };
        format!("{} is not built in and is left out; {way_out}", self.as_str())
    }
}

impl Config {
    /// Makes them. Those that this build does not have are left out, and said.
    ///
    /// # Errors
    ///
    /// When the settings of one cannot work.
    pub(crate) fn build_exporters(&mut self) -> Result<Vec<Box<dyn SpanExporter>>, String> {
        let mut exporters = Vec::new();
        let kinds = std::mem::take(&mut self.exporters);
        for kind in &kinds {
            match self.build_exporter(*kind, &kinds)? {
                Some(exporter) => {
                    exporters.push(exporter);
                    self.exporters.push(*kind);
                }
                None => self.problems.push(format!("OTEL_TRACES_EXPORTER: {}", kind.left_out())),
            }
        }
        Ok(exporters)
    }

    /// One of those in `all`, unless this build does not have it.
    fn build_exporter(
        &self,
        kind: ExporterKind,
        all: &[ExporterKind],
    ) -> Result<Option<Box<dyn SpanExporter>>, String> {
        // Only the console looks at the others.
        let _ = all;
        match kind {
            #[cfg(feature = "otlp-grpc")]
            ExporterKind::Otlp if self.otlp.protocol == Some(super::OtlpProtocol::Grpc) => self.otlp_grpc().map(Some),
            #[cfg(feature = "otlp-http")]
            ExporterKind::Otlp => self.otlp_http().map(Some),
            #[cfg(feature = "console")]
            ExporterKind::Console => {
                let has_page = cfg!(feature = "html") && all.contains(&ExporterKind::Html);
                let page = has_page.then(|| self.html_path());
                Ok(Some(Box::new(crate::ConsoleExporter::stdout().naming_page(page))))
            }
            #[cfg(feature = "html")]
            ExporterKind::Html => self.html().map(Some),
            #[cfg(feature = "file")]
            ExporterKind::OtlpStdout => Ok(Some(Box::new(crate::FileExporter::writer(std::io::stdout())))),
            _ => Ok(None),
        }
    }
}

#[cfg(feature = "html")]
impl Config {
    fn html(&self) -> Result<Box<dyn SpanExporter>, String> {
        let exporter = crate::HtmlExporter::create(self.html_path());
        exporter.map(|exporter| Box::new(exporter) as Box<dyn SpanExporter>).map_err(|error| {
            format!("the page of traces cannot be written: {error}; set TRACED_HTML (in code: html_path) to a file that can be")
        })
    }
}

#[cfg(feature = "otlp-grpc")]
impl Config {
    fn otlp_grpc(&self) -> Result<Box<dyn SpanExporter>, String> {
        let otlp = &self.otlp;
        let mut exporter = crate::OtlpGrpcExporter::builder().insecure(otlp.insecure.unwrap_or(false));
        if let Some(endpoint) = &otlp.endpoint {
            exporter = exporter.endpoint(endpoint.url());
        }
        for (name, value) in otlp.headers.iter().flatten() {
            exporter = exporter.header(name, value);
        }
        if let Some(timeout) = otlp.timeout {
            exporter = exporter.timeout(if timeout == NO_LIMIT { Duration::ZERO } else { timeout });
        }
        #[cfg(feature = "gzip")]
        {
            exporter = exporter.gzip(otlp.gzip.unwrap_or(false));
        }
        #[cfg(feature = "tls")]
        {
            let read = |name: &str, path: &String| {
                std::fs::read(path).map_err(|error| format!("OTEL_EXPORTER_OTLP_{name}: {path}: {error}"))
            };
            if let Some(path) = &otlp.tls.certificate {
                exporter = exporter.certificate(read("CERTIFICATE", path)?);
            }
            if let Some((chain, key)) = otlp.tls.client_pair()? {
                exporter = exporter.client_certificate(read("CLIENT_CERTIFICATE", chain)?, read("CLIENT_KEY", key)?);
            }
        }
        exporter.build().map(|exporter| Box::new(exporter) as Box<dyn SpanExporter>).map_err(|error| {
            match &otlp.endpoint {
                Some(endpoint) if error.is_about_endpoint => endpoint.named(&error.to_string()),
                _ => error.to_string(),
            }
        })
    }
}

#[cfg(feature = "otlp-http")]
impl Config {
    fn otlp_http(&self) -> Result<Box<dyn SpanExporter>, String> {
        let mut exporter = OtlpHttpExporter::builder();
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
        #[cfg(feature = "otlp-json")]
        {
            exporter = exporter.json(self.otlp.protocol == Some(super::OtlpProtocol::HttpJson));
        }
        #[cfg(feature = "tls")]
        {
            exporter = self.with_certificates(exporter)?;
        }
        exporter.build().map(|exporter| Box::new(exporter) as Box<dyn SpanExporter>).map_err(|error| self.named(&error))
    }

    /// The error with the variable whose value cannot work.
    fn named(&self, error: &OtlpHttpError) -> String {
        match (error.setting(), &self.otlp.endpoint) {
            (Setting::Endpoint, Some(endpoint)) => endpoint.named(&error.to_string()),
            (Setting::Headers, _) => {
                let is_set = |name| self.variables.iter().any(|(set, _)| *set == name);
                let of_traces = Some("OTEL_EXPORTER_OTLP_TRACES_HEADERS").filter(|name| is_set(*name));
                let name = of_traces.unwrap_or("OTEL_EXPORTER_OTLP_HEADERS");
                format!("{name} (in code: otlp_header): {error}")
            }
            _ => error.to_string(),
        }
    }

    #[cfg(feature = "tls")]
    fn with_certificates(&self, mut exporter: OtlpHttpExporterBuilder) -> Result<OtlpHttpExporterBuilder, String> {
        let files = &self.otlp.tls;
        if let Some(path) = &files.certificate {
            exporter = exporter.certificate_file(path);
        }
        Ok(match files.client_pair()? {
            Some((chain, key)) => exporter.client_certificate_files(chain, key),
            None => exporter,
        })
    }
}
