//! A finished trace as a waterfall tree.
//!
//! The console exporter prints with this; a program that receives the spans of several services can print them the
//! same way.

mod bar;
mod columns;
mod order;
mod paint;
#[cfg(test)]
mod tests;
mod units;
mod width;

use std::fmt;

use crate::export::text;
use traced_core::KeyValue;
use traced_core::SpanId;
use traced_core::SpanKind;
use traced_core::TraceId;
use traced_core::view::Attributes;
use traced_core::view::EventView;
use traced_core::view::SpanView;
use traced_core::view::StatusView;

/// One span of a trace to be shown.
///
/// ```
/// use traced::waterfall::Row;
/// let mut row = Row::default();
/// row.name = "checkout".into();
/// (row.start_unix_nanos, row.end_unix_nanos) = (1_000, 68_000);
/// assert_eq!(row.error, None);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Row {
    /// The `service.name` of the process; not shown while all rows have the same.
    pub service: String,
    /// The span's name.
    pub name: String,
    /// The kind; `Internal` is not shown.
    pub kind: SpanKind,
    /// The span's id.
    pub span_id: SpanId,
    /// The parent. A row whose parent is not among the rows is shown as a root, with a mark.
    pub parent: Option<SpanId>,
    /// Start, in nanoseconds since 1970.
    pub start_unix_nanos: u64,
    /// End, in nanoseconds since 1970.
    pub end_unix_nanos: u64,
    /// The message of a status Error; it may be empty.
    pub error: Option<String>,
    /// The attributes. Those that begin with `code.` are not shown: they are nearly the name again.
    pub attributes: Vec<KeyValue>,
    /// The events, each on a line of its own; stack traces are not shown.
    pub events: Vec<RowEvent>,
    /// The linked spans, each on a line of its own.
    pub links: Vec<(TraceId, SpanId)>,
}

/// An event of a [`Row`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RowEvent {
    /// The event's name.
    pub name: String,
    /// When it happened, in nanoseconds since 1970.
    pub unix_nanos: u64,
    /// Its attributes.
    pub attributes: Vec<KeyValue>,
}

impl Row {
    /// The row of a finished span.
    #[must_use]
    pub fn new(service: impl Into<String>, span: &SpanView<'_>) -> Self {
        let owned = |attributes: Attributes<'_>| attributes.map(|attribute| attribute.to_owned()).collect();
        let event = |event: EventView<'_>| RowEvent {
            name: event.name().to_owned(),
            unix_nanos: event.unix_nanos(),
            attributes: owned(event.attributes()),
        };
        Self {
            service: service.into(),
            name: span.name().to_owned(),
            kind: span.kind(),
            span_id: span.span_id(),
            parent: span.parent_span_id(),
            start_unix_nanos: span.start_unix_nanos(),
            end_unix_nanos: span.end_unix_nanos(),
            error: match span.status() {
                StatusView::Error(message) => Some(message.to_owned()),
                _ => None,
            },
            attributes: owned(span.attributes()),
            events: span.events().map(event).collect(),
            links: span.links().map(|link| (link.trace_id(), link.span_id())).collect(),
        }
    }
}

/// Renders the rows of one trace; [`Display`](fmt::Display) gives the text, with a line end after each line.
///
/// Text from spans is harmless: control characters come out as escapes. In a trace with more than
/// [`max_rows`](Self::max_rows) spans the deepest are left out, and counted, before those nearer to the root; spans
/// with errors stay.
///
/// ```
/// use traced::waterfall::{Row, Waterfall};
/// use traced::{SpanId, TraceId};
///
/// let mut root = Row::default();
/// (root.name, root.span_id) = ("checkout".into(), SpanId::from_u64(1));
/// (root.start_unix_nanos, root.end_unix_nanos) = (0, 68_400_000);
/// let mut child = Row::default();
/// (child.name, child.span_id, child.parent) = ("charge".into(), SpanId::from_u64(2), Some(root.span_id));
/// (child.start_unix_nanos, child.end_unix_nanos) = (34_200_000, 68_400_000);
/// child.error = Some("card declined".into());
/// let text = Waterfall::new(TraceId::from_u128(0xabc), &[root, child]).width(80).to_string();
/// assert_eq!(text, "\
/// checkout  trace 00000000000000000000000000000abc  68.4 ms  2 spans  1 error
/// checkout   █████████████████████████████████   68.4 ms
/// └─ charge                  ▐████████████████   34.2 ms  ✗ card declined
/// ");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Waterfall<'a> {
    trace_id: TraceId,
    rows: &'a [Row],
    title: Option<&'a str>,
    note: Option<&'a str>,
    width: usize,
    color: bool,
    max_rows: usize,
}

/// Columns for the title that the facts of the header line leave to it.
const LEAST_NAME: usize = 12;

impl<'a> Waterfall<'a> {
    /// 100 columns, plain, up to 200 spans.
    #[must_use]
    pub const fn new(trace_id: TraceId, rows: &'a [Row]) -> Self {
        Self { trace_id, rows, title: None, note: None, width: 100, color: false, max_rows: 200 }
    }

    /// The first words of the header line; by default the name of the first root.
    #[must_use]
    pub const fn title(mut self, title: &'a str) -> Self {
        self.title = Some(title);
        self
    }

    /// A word in parentheses after the title.
    #[must_use]
    pub const fn note(mut self, note: &'a str) -> Self {
        self.note = Some(note);
        self
    }

    /// Columns of the terminal; fewer than 60 are taken as 60.
    #[must_use]
    pub const fn width(mut self, columns: usize) -> Self {
        self.width = if columns < 60 { 60 } else { columns };
        self
    }

    /// Whether to colour, by ANSI escape sequences.
    #[must_use]
    pub const fn color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    /// How many spans are shown at most; at least one is.
    #[must_use]
    pub const fn max_rows(mut self, rows: usize) -> Self {
        self.max_rows = if rows == 0 { 1 } else { rows };
        self
    }

    fn header(&self, entries: &[order::Entry]) -> String {
        let first = entries.iter().find_map(|entry| entry.row).map_or("", |row| &self.rows[row].name);
        let name = text::clean(self.title.unwrap_or(first));
        let (start, end) = self.time_range();
        let errors = self.rows.iter().filter(|row| row.error.is_some()).count();
        let orphans = entries.iter().filter(|entry| entry.orphan).count();
        let mut facts = vec![units::duration(end - start), plural(self.rows.len(), "span")];
        facts.extend(Some(plural(errors, "error")).filter(|_| errors > 0));
        facts.extend(Some(format!("{} without parent (◌)", units::count(orphans))).filter(|_| orphans > 0));
        facts.extend(self.only_service().filter(|service| !service.is_empty()).map(|name| text::clean(name).into()));
        let note = self.note.map(|note| format!(" ({note})")).unwrap_or_default();
        let rest = |facts: &[String]| {
            let facts: usize = facts.iter().map(|fact| 2 + width::width(fact)).sum();
            width::width(&note) + "  trace ".len() + 32 + facts
        };
        // On a narrow terminal, what matters least goes, then more of the name.
        let least = width::width(&name).min(LEAST_NAME);
        while rest(&facts) + least > self.width && facts.pop().is_some() {}
        let name = width::shorten(&name, self.width.saturating_sub(rest(&facts))).into_owned();
        let paint = paint::Paint::new(self.color);
        let mut line = paint.wrap(paint::Style::Bold, &name);
        line.push_str(&note);
        line.push_str("  trace ");
        line.push_str(&paint.wrap(paint::Style::Dim, &self.trace_id.to_string()));
        for fact in &facts {
            line.push_str("  ");
            let style = if fact.contains(" error") { paint::Style::Error } else { paint::Style::Plain };
            line.push_str(&paint.wrap(style, fact));
        }
        line
    }

    /// The service, if all rows have the same.
    fn only_service(&self) -> Option<&'a str> {
        let first = self.rows.first()?.service.as_str();
        self.rows.iter().all(|row| row.service == first).then_some(first)
    }

    /// From the first start to the last end.
    fn time_range(&self) -> (u64, u64) {
        let start = self.rows.iter().map(|row| row.start_unix_nanos).min().unwrap_or(0);
        let end = self.rows.iter().map(|row| row.end_unix_nanos).max().unwrap_or(0);
        (start, end.max(start))
    }
}

impl fmt::Display for Waterfall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = order::entries(self.rows, self.max_rows);
        writeln!(f, "{}", self.header(&entries))?;
        columns::Columns::new(self, &entries).write(f, &entries)
    }
}

fn plural(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", units::count(number), if number == 1 { "" } else { "s" })
}
