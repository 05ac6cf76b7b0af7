//! Writes traces as one HTML page that needs nothing else.

mod encode;
mod file;
mod otlp;
mod page;
mod strings;
#[cfg(test)]
mod tests;
mod traces;
mod views;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use traced_core::__runtime::diagnostics;

pub use self::page::HtmlPage;
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};

/// A person waits for the page.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two writes passes so many times what the last one took: the page costs at most a twentieth of a processor.
const REST: u32 = 20;

/// Writes the traces of this process as one HTML page, to be opened in a browser.
///
/// The page holds everything and loads nothing; it shows a list to search, waterfalls, flame graphs, and two traces side
/// by side. It is written when spans have arrived, not more often than its size allows, at each flush, and at the end of
/// the program. A reader never sees half of one: each is written beside the old one and takes its place.
///
/// The page and the memory for its data are bounded, see [`HtmlPage::max_bytes`]. Each process needs a file of its own;
/// for one page of several, give the lines of a [`FileExporter`](crate::FileExporter) in each, or what an OTLP receiver
/// got, to one [`HtmlPage`].
///
/// ```
/// use traced::{HtmlExporter, Span};
///
/// # let path = std::env::temp_dir().join("traced-html-exporter-example.html");
/// let guard = traced::builder().exporter(HtmlExporter::create(&path)?).init()?;
/// Span::start("work").end();
/// drop(guard);
/// assert!(std::fs::read_to_string(&path)?.contains("work"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HtmlExporter {
    path: PathBuf,
    page: HtmlPage,
    /// Whether the file lacks spans.
    is_behind: bool,
    /// When the last write ended, and how long it took.
    last: (Instant, Duration),
    /// Why the last write failed, if it did. Until the next one this is the answer to every call, so that it is told once.
    failure: Option<String>,
}

impl HtmlExporter {
    /// Writes to this file, at once a page without traces. What it held before is replaced.
    ///
    /// # Errors
    ///
    /// When the page cannot be written there.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let started = Instant::now();
        let page = HtmlPage::new();
        page.write(&path)?;
        Ok(Self { path, page, is_behind: false, last: (Instant::now(), started.elapsed()), failure: None })
    }

    /// How large the file may become; see [`HtmlPage::max_bytes`].
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.page = self.page.max_bytes(bytes);
        self
    }

    /// The absolute path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Brings the file up to date.
    fn write(&mut self) -> Result<(), String> {
        if !self.is_behind {
            return Ok(());
        }
        let started = Instant::now();
        let written = self.page.write(&self.path);
        self.last = (Instant::now(), started.elapsed());
        self.is_behind = written.is_err();
        self.failure = written.err().map(|error| {
            format!("the page cannot be written: {error}; make room, or set TRACED_HTML to a file that can be written")
        });
        self.outcome()
    }

    /// Of the last write.
    fn outcome(&self) -> Result<(), String> {
        self.failure.clone().map_or(Ok(()), Err)
    }
}

impl SpanExporter for HtmlExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.page.add_batch(batch);
        self.is_behind = true;
        let (at, took) = self.last;
        let is_due = at.elapsed() >= took.saturating_mul(REST);
        let outcome = if is_due { self.write() } else { self.outcome() };
        // The spans are kept for the next attempt: none is lost.
        outcome.map_err(|reason| ExportError::rejected(0, reason))
    }

    fn flush(&mut self, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.write().map_err(ExportError::new)
    }

    fn shutdown(&mut self) {
        if let Err(reason) = self.write() {
            diagnostics::warn(format_args!("html: {reason}"));
        }
    }

    fn name(&self) -> &str {
        "html"
    }

    fn patience(&self) -> Option<Duration> {
        Some(PATIENCE)
    }
}

impl fmt::Debug for HtmlExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HtmlExporter").field("path", &self.path).finish_non_exhaustive()
    }
}
