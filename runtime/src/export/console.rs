//! Prints each finished trace in the terminal.

mod gather;

use std::collections::HashSet;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use self::gather::{Gather, Part};
use crate::export::waterfall::{Row, Waterfall};
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter, text};
use traced_core::FinishedSpan;

/// Where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 100;
/// Said where there could be a page and is none.
const PAGE_HINT: &str = "to search these traces in a browser, set OTEL_TRACES_EXPORTER=console,html";
/// A person waits for the output.
const PATIENCE: Duration = Duration::from_millis(200);

/// Prints each trace as a [waterfall](crate::waterfall::Waterfall) when its first span in this process has ended.
///
/// Spans that end after that are printed when they come, as a continuation. A flush prints what has not finished,
/// too. Memory is bounded: over 8 MiB of spans that wait for the first one to end, the oldest trace is printed
/// unfinished.
///
/// Width and colour are those of the terminal; `NO_COLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are honoured, and what is
/// no terminal gets plain text.
///
/// ```
/// use traced::{ConsoleExporter, Span};
/// let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;
/// Span::start("work").end();
/// # Ok::<(), traced::InitError>(())
/// ```
pub struct ConsoleExporter {
    output: Output,
    width: Option<usize>,
    color: bool,
    gather: Gather,
    /// The `service.name` of the last batch.
    service: String,
    is_first: bool,
    /// The last line: how to see the same traces in a browser.
    closing_line: Option<String>,
}

enum Output {
    Stdout,
    Other(Box<dyn Write + Send>),
}

impl ConsoleExporter {
    /// Prints to the standard output, in the terminal's width and colours.
    #[must_use]
    pub fn stdout() -> Self {
        let color = wants_color(|name| std::env::var_os(name), io::stdout().is_terminal());
        Self { color, ..Self::with(Output::Stdout) }
    }

    /// Prints to anything else, plain and 100 columns wide.
    pub fn writer(output: impl Write + Send + 'static) -> Self {
        Self::with(Output::Other(Box::new(output)))
    }

    fn with(output: Output) -> Self {
        Self {
            output,
            width: None,
            color: false,
            gather: Gather::default(),
            service: String::new(),
            is_first: true,
            closing_line: None,
        }
    }

    /// A width of your own, in columns.
    #[must_use]
    pub const fn width(mut self, columns: usize) -> Self {
        self.width = Some(columns);
        self
    }

    /// Whether to colour.
    #[must_use]
    pub const fn color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    /// Says at the end where the page with the same traces is or, to a person at a terminal, how to get one.
    pub(crate) fn naming_page(mut self, path: Option<&str>) -> Self {
        let path = path.and_then(|path| std::path::absolute(path).ok());
        self.closing_line = match path {
            Some(path) => {
                Some(format!("open {} in a browser to search these traces", text::clean(&path.to_string_lossy())))
            }
            None if cfg!(feature = "html") && io::stdout().is_terminal() => Some(PAGE_HINT.to_owned()),
            None => None,
        };
        self
    }

    fn print(&mut self, parts: &[Part], batch: usize) -> Result<(), ExportError> {
        if parts.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for part in parts {
            text.push_str(if std::mem::take(&mut self.is_first) { "" } else { "\n" });
            text.push_str(&self.render(part));
        }
        self.write(&text).map_err(|error| {
            let spans = parts.iter().map(|part| part.spans.len() as u64).sum();
            ExportError::of_held_back(spans, batch as u64, format!("traces cannot be printed: {error}"))
        })
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        match &mut self.output {
            Output::Stdout => write(&mut io::stdout().lock(), text),
            Output::Other(output) => write(output, text),
        }
    }

    fn render(&self, part: &Part) -> String {
        let here = part.spans.iter().map(|span| span.view().span_id()).collect::<HashSet<_>>();
        let row = |span: &FinishedSpan| {
            let view = span.view();
            let mut row = Row::new(&self.service, &view);
            // What it hangs from is on the screen, or in another process: nothing is missing. A process that calls
            // itself has the parent here.
            let is_missing = !view.is_local_root() && !part.attached.contains(&row.span_id);
            row.parent = row.parent.filter(|parent| is_missing || here.contains(parent));
            row
        };
        let rows = part.spans.iter().map(row).collect::<Vec<_>>();
        let mut waterfall = Waterfall::new(part.trace_id, &rows).width(self.columns()).color(self.color);
        waterfall = match (part.is_continued, part.is_unfinished) {
            (true, _) => waterfall.note("continued"),
            (false, true) => waterfall.note("unfinished"),
            (false, false) => waterfall,
        };
        waterfall.to_string()
    }

    /// The width, asked for each time: a window can be resized.
    fn columns(&self) -> usize {
        let terminal = || match self.output {
            Output::Stdout => columns_of_terminal(),
            Output::Other(_) => None,
        };
        self.width.or_else(terminal).unwrap_or(DEFAULT_WIDTH)
    }
}

#[cfg(any(unix, windows))]
fn columns_of_terminal() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// Other systems have none.
#[cfg(not(any(unix, windows)))]
const fn columns_of_terminal() -> Option<usize> {
    None
}

/// One write for all of it, so that lines of the program do not get in between.
fn write(output: &mut dyn Write, text: &str) -> io::Result<()> {
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Follows no-color.org and bixense.com/clicolors.
fn wants_color(variable: impl Fn(&str) -> Option<std::ffi::OsString>, is_terminal: bool) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    is_set("CLICOLOR_FORCE") || is_terminal && variable("TERM").is_none_or(|term| term != "dumb")
}

impl SpanExporter for ConsoleExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        if let Some(service) = batch.resource().get("service.name") {
            self.service.clear();
            text::value(service, &mut self.service);
        }
        batch.spans().for_each(|span| self.gather.add(&span));
        let parts = self.gather.take_finished();
        self.print(&parts, batch.len())
    }

    fn flush(&mut self, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let parts = self.gather.take_all();
        self.print(&parts, 0)
    }

    fn shutdown(&mut self) {
        if let Some(line) = self.closing_line.take().filter(|_| !self.is_first) {
            // Nobody is left to be told that it failed.
            let _ = self.write(&format!("\n{line}\n"));
        }
    }

    fn name(&self) -> &str {
        "console"
    }

    fn patience(&self) -> Option<Duration> {
        Some(PATIENCE)
    }
}

impl fmt::Debug for ConsoleExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleExporter").field("color", &self.color).finish_non_exhaustive()
    }
}
