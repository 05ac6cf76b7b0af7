//! A page under construction.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use serde_json::{Deserializer, Value as Json};
use traced_core::Scope;

use super::encode::Origin;
use super::file;
use super::otlp::{items, text, unix_nanos};
use super::traces::Traces;
use crate::export::{SpanBatch, json};

/// How large a page becomes when nobody says: what browsers open without a word.
const MAX_BYTES: usize = 50_000_000;

/// A page of traces, for programs that receive the spans of several processes.
///
/// ```
/// use traced::HtmlPage;
///
/// let line = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",
///     "spanId":"b7ad6b7169203331","name":"checkout","startTimeUnixNano":"1000","endTimeUnixNano":"2000"}]}]}]}"#;
/// let mut page = HtmlPage::new();
/// assert_eq!(page.add_otlp_json(line)?, 1);
/// # let path = std::env::temp_dir().join("traced-html-page-example.html");
/// page.write(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct HtmlPage {
    traces: Traces,
}

impl HtmlPage {
    /// A page without traces, of up to 50 MB.
    #[must_use]
    pub fn new() -> Self {
        Self { traces: Traces::new(MAX_BYTES.saturating_sub(file::FRAME_BYTES)) }
    }

    /// How large the file may become, in bytes; memory is two to three times that.
    ///
    /// Beyond it, those traces go first that have waited longest for another span; the page says how many went. Of a
    /// trace that takes more than half of the room by itself, the spans that ended first go. The page without traces is
    /// about 100 kB.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.traces.set_max_bytes(bytes.saturating_sub(file::FRAME_BYTES));
        self
    }

    /// Adds the spans of `TracesData` messages in JSON, one after the other or one a line: what the file exporters of
    /// `traced` and of the OpenTelemetry Collector write. Says how many spans there were.
    ///
    /// # Errors
    ///
    /// When the text is no JSON; what came before the mistake has been added.
    pub fn add_otlp_json(&mut self, json: &str) -> io::Result<usize> {
        let mut spans = 0;
        for message in Deserializer::from_str(json).into_iter::<Json>() {
            spans += self.add_message(&message?);
        }
        Ok(spans)
    }

    /// Adds the spans of this process.
    pub(super) fn add_batch(&mut self, batch: &SpanBatch<'_>) {
        let resource = batch.resource();
        let resource_json = json::resource(resource);
        let mut origins: Vec<(Scope, Origin)> = Vec::new();
        for span in batch.spans() {
            let scope = span.scope();
            let place = origins.iter().position(|(known, _)| *known == scope).unwrap_or_else(|| {
                let origin =
                    Origin::new((&resource_json, resource.schema_url()), (&json::scope(scope), scope.schema_url));
                origins.push((scope, origin));
                origins.len() - 1
            });
            let id = span.trace_id().to_string();
            self.traces.add(&id, span.start_unix_nanos(), |encoder| encoder.view(&origins[place].1, &span));
        }
    }

    /// Adds the spans of a `TracesData` message, and says how many there were.
    fn add_message(&mut self, message: &Json) -> usize {
        let mut spans = 0;
        for resource_spans in items(message, "resourceSpans") {
            for scope_spans in items(resource_spans, "scopeSpans") {
                let origin = Origin::of_messages(resource_spans, scope_spans);
                for span in items(scope_spans, "spans") {
                    let start = unix_nanos(span, "startTimeUnixNano");
                    self.traces.add(text(span, "traceId"), start, |encoder| encoder.message(&origin, span));
                    spans += 1;
                }
            }
        }
        spans
    }

    /// Writes the page to a file, which is replaced as a whole.
    ///
    /// # Errors
    ///
    /// When that is not possible; the file is then as it was.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        file::replace(path, |out| file::write(out, |out| self.write_data(out)))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    fn write_data(&self, out: &mut dyn Write) -> io::Result<()> {
        let written = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let version = env!("CARGO_PKG_VERSION");
        write!(out, "{{\"format\":1,\"version\":\"{version}\",\"written\":{written},")?;
        self.traces.write(out)
    }
}

impl Default for HtmlPage {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HtmlPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HtmlPage").field("traces", &self.traces).finish()
    }
}
