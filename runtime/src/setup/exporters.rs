//! The exporters that the environment can name, a row each.

#[cfg(feature = "otlp-http")]
use super::env::NO_LIMIT;
#[cfg(feature = "otlp-http")]
use super::otlp::OtlpEndpoint;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-json"))]
use super::otlp::OtlpProtocol;
use super::otlp::OtlpSettings;
#[cfg(feature = "console")]
use crate::export::console::ConsoleExporter;
#[cfg(feature = "file")]
use crate::export::file::FileExporter;
#[cfg(feature = "html")]
use crate::export::html::HtmlExporter;
#[cfg(feature = "otlp-http")]
use crate::export::otlp::common::Common;
#[cfg(feature = "otlp-http")]
use crate::export::otlp::error::{OtlpError, Setting};
#[cfg(feature = "tls")]
use crate::export::otlp::tls::Pem;
#[cfg(feature = "otlp-grpc")]
use crate::export::otlp_grpc::OtlpGrpcExporter;
#[cfg(feature = "otlp-http")]
use crate::export::otlp_http::OtlpHttpExporter;
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
use std::fmt;

/// An exporter that `OTEL_TRACES_EXPORTER` can name.
#[derive(Clone, Copy)]
pub(crate) struct NamedExporter {
    /// The environment's word for it.
    pub(crate) word: &'static str,
    /// Advice when this build does not have it.
    way_out: &'static str,
    /// `None` when this build does not have it.
    build: Option<Build>,
}

/// The file of the page of traces without a word about it.
pub(crate) const DEFAULT_HTML_PATH: &str = "traces.html";

/// Makes an exporter, by what is said of OTLP and of the page of traces, if one is written.
///
/// # Errors
///
/// When its settings cannot work; the message names the variable.
type Build = fn(&OtlpSettings, Option<&str>) -> Result<Box<dyn SpanExporter>, String>;

/// Something that is there with a feature alone.
macro_rules! with_feature {
    ($feature:literal, $build:expr) => {{
        #[cfg(feature = $feature)]
        let build: Option<Build> = Some($build);
        #[cfg(not(feature = $feature))]
        let build: Option<Build> = None;
        build
    }};
}

/// OTLP over the protocol that the settings say.
pub(crate) const OTLP: NamedExporter = NamedExporter {
    word: "otlp",
    way_out: "switch on the feature `otlp-http` of traced",
    build: with_feature!("otlp-http", |settings, _| otlp(settings)),
};

/// The page of traces.
pub(crate) const HTML: NamedExporter = NamedExporter {
    word: "html",
    way_out: "switch on the feature `html` of traced",
    build: with_feature!("html", |_, page| html(page.unwrap_or(DEFAULT_HTML_PATH))),
};

/// All of them.
pub(crate) static EXPORTERS: [NamedExporter; 5] = [
    OTLP,
    NamedExporter {
        word: "console",
        way_out: "switch on the feature `console` of traced",
        build: with_feature!("console", |_, page| Ok(Box::new(ConsoleExporter::stdout().naming_page(page)))),
    },
    HTML,
    NamedExporter {
        word: "zipkin",
        way_out: "OpenTelemetry has deprecated this exporter: send OTLP to a Collector, which translates",
        build: None,
    },
    NamedExporter {
        word: "otlp/stdout",
        way_out: "switch on the feature `file` of traced",
        build: with_feature!("file", |_, _| Ok(Box::new(FileExporter::writer(std::io::stdout())))),
    },
];

impl NamedExporter {
    /// Makes the exporter. `None` when this build does not have it.
    ///
    /// # Errors
    ///
    /// When its settings cannot work; the message names the variable.
    pub(crate) fn build(
        self,
        otlp: &OtlpSettings,
        page: Option<&str>,
    ) -> Result<Option<Box<dyn SpanExporter>>, String> {
        self.build.map(|build| build(otlp, page)).transpose()
    }

    /// Whether this build has it.
    pub(crate) const fn is_built_in(self) -> bool {
        self.build.is_some()
    }

    /// The message when this build does not have it.
    pub(crate) fn left_out(self) -> String {
        format!("{} is not built in and is left out; {}", self.word, self.way_out)
    }
}

impl PartialEq for NamedExporter {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl fmt::Debug for NamedExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}

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

#[cfg(feature = "html")]
fn html(path: &str) -> Result<Box<dyn SpanExporter>, String> {
    let exporter = HtmlExporter::create(path).map_err(|error| {
        format!(
            "the page of traces cannot be written: {error}; set TRACED_HTML (in code: html_path) to a file that can be"
        )
    })?;
    Ok(Box::new(exporter))
}

/// Over HTTP, unless gRPC is asked for and built in.
#[cfg(feature = "otlp-http")]
fn otlp(settings: &OtlpSettings) -> Result<Box<dyn SpanExporter>, String> {
    #[cfg(feature = "otlp-grpc")]
    if settings.protocol == Some(OtlpProtocol::Grpc) {
        let mut exporter = OtlpGrpcExporter::builder().insecure(settings.insecure.unwrap_or(false));
        if let Some(endpoint) = &settings.endpoint {
            exporter = exporter.endpoint(endpoint.url());
        }
        exporter.common = common(settings)?;
        return Ok(Box::new(exporter.build().map_err(|error| named(settings, &error))?));
    }
    let mut exporter = OtlpHttpExporter::builder();
    exporter = match &settings.endpoint {
        Some(OtlpEndpoint::Base(url)) => exporter.endpoint(url),
        Some(OtlpEndpoint::Exact(url)) => exporter.traces_endpoint(url),
        None => exporter,
    };
    #[cfg(feature = "otlp-json")]
    {
        exporter = exporter.json(settings.protocol == Some(OtlpProtocol::HttpJson));
    }
    exporter.common = common(settings)?;
    Ok(Box::new(exporter.build().map_err(|error| named(settings, &error))?))
}

/// What all protocols can be told.
#[cfg(feature = "otlp-http")]
fn common(settings: &OtlpSettings) -> Result<Common, String> {
    let mut common = Common::default();
    common.headers.extend(settings.headers.iter().flatten().cloned());
    if let Some(timeout) = settings.timeout {
        common.timeout = Some(timeout).filter(|timeout| *timeout != NO_LIMIT && !timeout.is_zero());
    }
    #[cfg(feature = "gzip")]
    {
        common.gzip = settings.gzip.unwrap_or(false);
    }
    #[cfg(feature = "tls")]
    {
        let file = |path: &String| Pem::File(path.into());
        common.tls.authorities = settings.tls.certificate.as_ref().map(file);
        common.tls.client = settings.tls.client_pair()?.map(|(chain, key)| (file(chain), file(key)));
    }
    Ok(common)
}

/// The error with the variable whose value cannot work.
#[cfg(feature = "otlp-http")]
fn named(settings: &OtlpSettings, error: &OtlpError) -> String {
    match (error.setting(), &settings.endpoint) {
        (Setting::Endpoint, Some(endpoint)) => endpoint.named(&error.to_string()),
        (Setting::Headers, _) => {
            let name = settings.headers_variable.unwrap_or("OTEL_EXPORTER_OTLP_HEADERS");
            format!("{name} (in code: otlp_header): {error}")
        }
        _ => error.to_string(),
    }
}
