//! The table of the corpus: shapes down, modes and editions across.

use super::{Difference, Edition, Mode};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The counts of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    failures: usize,
    added: usize,
    lost: usize,
}

/// The results so far.
#[derive(Debug, Default)]
pub struct Table {
    cells: BTreeMap<(String, Mode, Edition), Cell>,
    details: BTreeSet<String>,
}

impl Table {
    /// Adds the result of one compilation of one shape; `lints` names its set of lints.
    pub fn add(&mut self, shape: &str, (mode, edition): (Mode, Edition), lints: &str, difference: &Difference) {
        let cell = self.cells.entry((shape.to_owned(), mode, edition)).or_default();
        cell.failures += difference.failures.len();
        cell.added += difference.added.len();
        cell.lost += difference.lost.len();
        let kinds = [("fails", &difference.failures), ("adds", &difference.added), ("loses", &difference.lost)];
        for (kind, diagnostics) in kinds {
            for diagnostic in diagnostics {
                let place = format!("{shape} {} {} {lints}", mode.name(), edition.name());
                self.details.insert(format!("{place}: {kind} {diagnostic}"));
            }
        }
    }

    /// Whether bare and annotated agree everywhere.
    pub fn is_clean(&self) -> bool {
        self.cells.values().all(|cell| *cell == Cell::default())
    }

    /// How many compilations of a shape are in it.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Every difference, one a line.
    pub fn details(&self) -> impl Iterator<Item = &str> {
        self.details.iter().map(String::as_str)
    }

    fn columns() -> impl Iterator<Item = (Mode, Edition)> {
        Mode::ANNOTATED.into_iter().flat_map(|mode| Edition::ALL.into_iter().map(move |edition| (mode, edition)))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:32}", "failures/added/lost")?;
        for (mode, edition) in Self::columns() {
            write!(formatter, "{:>11}", format!("{} {}", mode.name(), edition.name()))?;
        }
        let shapes: BTreeSet<&String> = self.cells.keys().map(|(shape, ..)| shape).collect();
        for shape in &shapes {
            write!(formatter, "\n{shape:32}")?;
            for (mode, edition) in Self::columns() {
                let text = match self.cells.get(&((*shape).clone(), mode, edition)) {
                    None => String::from("-"),
                    Some(cell) if *cell == Cell::default() => String::from("ok"),
                    Some(Cell { failures, added, lost }) => format!("{failures}/{added}/{lost}"),
                };
                write!(formatter, "{text:>11}")?;
            }
        }
        let sum = |count: fn(&Cell) -> usize| self.cells.values().map(count).sum::<usize>();
        let (failures, added, lost) = (sum(|cell| cell.failures), sum(|cell| cell.added), sum(|cell| cell.lost));
        write!(formatter, "\n{} shapes: {failures} failures, {added} added, {lost} lost", shapes.len())
    }
}
