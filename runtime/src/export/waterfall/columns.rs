//! The lines of a waterfall: service, tree and name, kind, bar, duration, and then what there is to say.

use std::fmt;

use super::bar;
use super::order::Entry;
use super::paint::{Paint, Style};
use super::{Row, RowEvent, Waterfall, plural, units, width};
use crate::export::text;
use traced_core::KeyValue;
use traced_core::SpanKind;

/// Between two columns.
const GAP: &str = "  ";
/// Each level of the tree.
const LEVEL: usize = 3;
/// Tree lines leave so much of their column to the name.
const NAME_BESIDE_GUIDES: usize = 14;
/// A narrower bar says little: what is said about a span goes on lines of its own instead.
const MIN_BAR: usize = 16;
/// Room for a duration.
const DURATION: usize = 9;
/// A span's attributes take no more lines than this.
const MAX_DETAIL_LINES: usize = 8;

/// Widths of the columns, in columns of the terminal; a column of width 0 is left out.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    trace: &'a Waterfall<'a>,
    paint: Paint,
    services: Vec<&'a str>,
    service: usize,
    name: usize,
    kind: usize,
    bar: usize,
    start: u64,
    total: u64,
}

/// A piece of what is said about a span, never split.
struct Piece {
    style: Style,
    text: String,
}

/// One line of the table.
struct Line<'a> {
    service: &'a str,
    tree: String,
    name: &'a str,
    style: Style,
    kind: &'a str,
    bar: String,
    bar_style: Style,
    time: String,
    pieces: Vec<Piece>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(trace: &'a Waterfall<'a>, entries: &[Entry]) -> Self {
        let (start, end) = trace.time_range();
        let mut columns = Self {
            trace,
            paint: Paint::new(trace.color),
            services: services(trace),
            service: 0,
            name: 0,
            kind: 0,
            bar: 0,
            start,
            total: end - start,
        };
        columns.measure(entries);
        columns
    }

    fn measure(&mut self, entries: &[Entry]) {
        let rows = self.trace.rows;
        let shown = || entries.iter().filter_map(|entry| Some((entry, &rows[entry.row?])));
        let max = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
        if self.services.len() > 1 {
            self.service = max(&mut self.services.iter().map(|name| width::width(&text::clean(name))))
                .min((self.trace.width / 6).min(16));
        }
        self.kind = max(&mut shown().map(|(_, row)| kind(row).len()));
        let name = |entry: &Entry, row: &Row| {
            let event = row.events.iter().map(|event| width::width(&text::clean(&event.name)) + LEVEL + 2).max();
            let own = width::width(&text::clean(&row.name)) + usize::from(entry.orphan) * 2;
            width::width(&self.guides(entry, false)) + own.max(event.unwrap_or(0))
        };
        self.name = max(&mut shown().map(|(entry, row)| name(entry, row))).min(self.name_limit());
        let fixed = [self.service, self.name, self.kind].map(|width| if width > 0 { width + GAP.len() } else { 0 });
        let rest = self.trace.width.saturating_sub(fixed.iter().sum::<usize>() + DURATION + GAP.len() * 2);
        self.bar = (rest * 3 / 5).max(MIN_BAR.min(rest)).clamp(6, 60);
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, entries: &[Entry]) -> fmt::Result {
        for entry in entries {
            let Some(row) = entry.row.map(|row| &self.trace.rows[row]) else {
                writeln!(f, "{}", self.hidden(entry))?;
                continue;
            };
            f.write_str(&self.span(entry, row))?;
            for event in &row.events {
                f.write_str(&self.event(entry, row, event))?;
            }
            for (trace_id, span_id) in &row.links {
                let mut line = self.indent(entry);
                self.paint.push(&mut line, Style::Dim, &format!("↗ linked to span {span_id} of trace {trace_id}"));
                writeln!(f, "{}", line.trim_end())?;
            }
        }
        Ok(())
    }

    fn span(&self, entry: &Entry, row: &Row) -> String {
        let service = Style::Service(self.services.iter().position(|name| *name == row.service).unwrap_or(0));
        let error = row.error.as_ref().map(|message| Piece::new(Style::Error, format!("✗ {}", text::clean(message))));
        let attributes = row.attributes.iter().filter(|attribute| !attribute.key.starts_with("code."));
        let start = row.start_unix_nanos.saturating_sub(self.start);
        let end = row.end_unix_nanos.saturating_sub(self.start).max(start);
        let line = Line {
            service: &row.service,
            tree: self.guides(entry, false) + if entry.orphan { "◌ " } else { "" },
            name: &row.name,
            style: if row.error.is_some() { Style::Error } else { Style::Plain },
            kind: kind(row),
            bar: bar::bar(start, end, self.total, self.bar),
            bar_style: if row.error.is_some() { Style::Error } else { service },
            time: units::duration(end - start),
            pieces: error
                .into_iter()
                .map(|error| Piece { text: error.text.trim_end().to_owned(), ..error })
                .chain(attributes.map(Piece::attribute))
                .collect(),
        };
        self.line(line, service, &self.indent(entry))
    }

    fn event(&self, entry: &Entry, row: &Row, event: &RowEvent) -> String {
        let at = event.unix_nanos.saturating_sub(self.start);
        // The message stands beside the span, and a stack trace would bury the tree.
        let is_shown = |attribute: &&KeyValue| match attribute.key.as_ref() {
            "exception.message" => text_of(attribute) != row.error.as_deref(),
            key => key != "exception.stacktrace",
        };
        let line = Line {
            service: "",
            tree: self.guides(entry, true) + "· ",
            name: &event.name,
            style: Style::Dim,
            kind: "",
            bar: bar::mark(at, self.total, self.bar),
            bar_style: Style::Dim,
            time: format!("+{}", units::duration(at)),
            pieces: event.attributes.iter().filter(is_shown).map(Piece::attribute).collect(),
        };
        self.line(line, Style::Plain, &(self.indent(entry) + "  "))
    }

    /// The note that spans are left out.
    fn hidden(&self, entry: &Entry) -> String {
        let mut line = self.service_column("", Style::Plain);
        line.push_str(&self.guides(entry, false));
        self.paint.push(&mut line, Style::Dim, &format!("… {}", plural(entry.hidden, "more span")));
        line
    }

    /// A line, and those that its pieces need beyond it, which begin with `indent`.
    fn line(&self, line: Line<'_>, service: Style, indent: &str) -> String {
        let mut out = self.service_column(line.service, service);
        let tree = width::width(&line.tree);
        out.push_str(&line.tree);
        let name = text::clean(line.name);
        let name = width::shorten(&name, self.name.saturating_sub(tree));
        self.paint.push(&mut out, line.style, &name);
        let used = tree + width::width(&name);
        out.extend(std::iter::repeat_n(' ', self.name.saturating_sub(used) + GAP.len()));
        if self.kind > 0 {
            let mut column = String::new();
            width::pad(&mut column, line.kind, self.kind + GAP.len());
            self.paint.push(&mut out, Style::Dim, &column);
        }
        self.paint.push(&mut out, line.bar_style, &line.bar);
        out.extend(std::iter::repeat_n(' ', (DURATION + 1).saturating_sub(width::width(&line.time))));
        out.push_str(&line.time);
        self.flow(out, line.pieces, indent)
    }

    /// Appends pieces to a line while they fit, and puts the others on lines of their own.
    fn flow(&self, first: String, pieces: Vec<Piece>, indent: &str) -> String {
        let taken = [self.service, self.name, self.kind].map(|width| if width > 0 { width + GAP.len() } else { 0 });
        let mut used = taken.iter().sum::<usize>() + self.bar + DURATION + 1;
        let indent_width = width::width(indent);
        let room = self.trace.width.saturating_sub(indent_width).max(20);
        let mut out = first;
        let mut lines = 0;
        let total = pieces.len();
        for (index, piece) in pieces.into_iter().enumerate() {
            let piece_width = width::width(&piece.text);
            if used + GAP.len() + piece_width <= self.trace.width {
                out.push_str(if used == indent_width { "" } else { GAP });
                used += piece_width + if used == indent_width { 0 } else { GAP.len() };
                self.paint.push(&mut out, piece.style, &piece.text);
                continue;
            }
            lines += 1;
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.push_str(indent);
            if lines > MAX_DETAIL_LINES {
                self.paint.push(&mut out, Style::Dim, &format!("… {} more", units::count(total - index)));
                break;
            }
            let shortened = width::shorten(&piece.text, room);
            used = indent_width + width::width(&shortened);
            self.paint.push(&mut out, piece.style, &shortened);
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }

    /// What lines below a span begin with.
    fn indent(&self, entry: &Entry) -> String {
        self.service_column("", Style::Plain) + &self.guides(entry, true)
    }

    fn service_column(&self, name: &str, style: Style) -> String {
        let mut line = String::new();
        if self.service > 0 {
            let mut column = String::new();
            width::pad(&mut column, &width::shorten(&text::clean(name), self.service), self.service + GAP.len());
            self.paint.push(&mut line, style, &column);
        }
        line
    }

    /// The tree lines to the left of a name, or of what stands below it. Of a deep one the innermost levels are kept.
    fn guides(&self, entry: &Entry, below: bool) -> String {
        let levels = &entry.more_siblings;
        let max = ((self.name_limit() - NAME_BESIDE_GUIDES) / LEVEL).max(1);
        let skipped = levels.len().saturating_sub(max);
        let mut guides = if skipped > 0 { "⋯  ".to_owned() } else { String::new() };
        for (index, more) in levels.iter().enumerate().skip(skipped) {
            let is_own = index + 1 == levels.len() && !below;
            guides.push_str(match (is_own, more) {
                (true, true) => "├─ ",
                (true, false) => "└─ ",
                (false, true) => "│  ",
                (false, false) => "   ",
            });
        }
        if below {
            guides.push_str(if entry.has_children { "│  " } else { "   " });
        }
        guides
    }

    /// Wider names are cut; the width is at least 60.
    fn name_limit(&self) -> usize {
        (self.trace.width * 2 / 5).min(self.trace.width - 40)
    }
}

impl Piece {
    const fn new(style: Style, text: String) -> Self {
        Self { style, text }
    }

    fn attribute(attribute: &KeyValue) -> Self {
        Self::new(Style::Dim, text::attribute(attribute))
    }
}

/// The services in the order of their first rows.
fn services<'a>(trace: &Waterfall<'a>) -> Vec<&'a str> {
    let mut services = Vec::new();
    for row in trace.rows {
        if !services.contains(&row.service.as_str()) {
            services.push(row.service.as_str());
        }
    }
    services
}

fn kind(row: &Row) -> &'static str {
    if row.kind == SpanKind::Internal { "" } else { row.kind.as_str() }
}

fn text_of(attribute: &KeyValue) -> Option<&str> {
    match &attribute.value {
        traced_core::Value::String(text) => Some(text),
        _ => None,
    }
}
