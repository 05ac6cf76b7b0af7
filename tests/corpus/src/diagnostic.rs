//! The compiler's diagnostics, reduced to what two compilations must share.

use serde_json::Value;
use std::fmt;

/// A place in a shape file: name of the file without its extension, then lines and columns, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The shape's name.
    pub shape: String,
    /// First line, first column, last line, last column.
    pub range: [u64; 4],
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub level: String,
    /// The lint's name or the error's number; empty without one.
    pub code: String,
    /// The message.
    pub message: String,
    /// What it points at.
    pub places: Vec<Place>,
}

impl Diagnostic {
    /// The diagnostics in the compiler's output, one JSON object a line. Summaries are left out.
    pub fn parse_all(output: &str) -> Vec<Self> {
        let mut all: Vec<Self> = output.lines().filter_map(Self::parse).collect();
        all.sort();
        all
    }

    fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let level = value["level"].as_str()?.to_owned();
        // Names are written out when a crate that is loaded has another one that is called so.
        let message = value["message"].as_str()?.replace("`std::fmt::Debug`", "`Debug`");
        let summary =
            level == "failure-note" || message.starts_with("aborting due to") || message.ends_with(" emitted");
        if summary {
            return None;
        }
        let code = value["code"]["code"].as_str().unwrap_or_default().to_owned();
        let spans = value["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut places: Vec<Place> =
            spans.iter().filter(|span| span["is_primary"] == true).filter_map(Place::parse).collect();
        places.sort();
        Some(Self { level, code, message, places })
    }

    /// Whether it stops the compilation.
    pub fn is_error(&self) -> bool {
        self.level.starts_with("error")
    }

    /// Whether each of the other's places is one of its own or within one.
    pub fn covers(&self, other: &Self) -> bool {
        other.places.iter().all(|inner| self.places.iter().any(|outer| outer.contains(inner)))
    }

    /// The shape it is about.
    pub fn shape(&self) -> Option<&str> {
        self.places.first().map(|place| place.shape.as_str())
    }
}

impl Place {
    fn contains(&self, inner: &Self) -> bool {
        let ends = |[line, column, last_line, last_column]: [u64; 4]| ((line, column), (last_line, last_column));
        let ((first, last), (inner_first, inner_last)) = (ends(self.range), ends(inner.range));
        self.shape == inner.shape && first <= inner_first && inner_last <= last
    }

    fn parse(span: &Value) -> Option<Self> {
        let file = span["file_name"].as_str()?;
        let stem = file.rsplit(['/', '\\']).next()?.strip_suffix(".rs")?;
        let number = |key: &str| span[key].as_u64().unwrap_or_default();
        let range = [number("line_start"), number("column_start"), number("line_end"), number("column_end")];
        Some(Self { shape: stem.to_owned(), range })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.lines().next().unwrap_or_default();
        write!(formatter, "{}[{}] {message}", self.level, self.code)?;
        for Place { shape, range: [line, column, last_line, last_column] } in &self.places {
            write!(formatter, " @ {shape}:{line}:{column}-{last_line}:{last_column}")?;
        }
        Ok(())
    }
}
