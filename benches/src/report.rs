//! The tables of `versus`.

use std::fmt::Write;

use crate::measure::Measured;
use crate::scenario::Scenario;

/// One contender's numbers in one scenario.
#[derive(Clone, Debug)]
pub struct Row {
    /// Who.
    pub name: &'static str,
    /// Whether its spans are recorded here.
    pub records: bool,
    /// Nanoseconds per span, calling thread, the least of all bursts.
    pub minimum: f64,
    /// The same, median.
    pub median: f64,
    /// Nanoseconds of CPU per span, whole process, the least of all rounds.
    pub cpu: f64,
    /// The same, median.
    pub cpu_median: f64,
    /// Allocations per span.
    pub allocations: f64,
}

impl Row {
    /// Sums up what was measured.
    #[must_use]
    pub fn of(measured: &Measured, scenario: Scenario) -> Self {
        Self {
            name: measured.entry.name,
            records: measured.entry.records(scenario),
            minimum: minimum(&measured.wall),
            median: median(&measured.wall),
            cpu: minimum(&measured.cpu),
            cpu_median: median(&measured.cpu),
            allocations: measured.allocations,
        }
    }
}

/// A scenario's rows.
#[derive(Clone, Debug)]
pub struct Table {
    /// Which scenario.
    pub scenario: Scenario,
    /// Its rows, in the order of the contenders.
    pub rows: Vec<Row>,
}

impl Table {
    /// The table in markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let bare = self.rows.iter().find(|row| row.name == "bare").map_or(0.0, |row| row.minimum);
        let ours = self.rows.iter().find(|row| row.name == "traced");
        let mut text = format!("### {}\n\n", self.scenario.title());
        text +=
            "| ns per span | min | median | net of bare | × traced | CPU min | CPU median | × traced | allocations |\n";
        text += "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
        for row in &self.rows {
            let ratio = |ours: Option<f64>, theirs: f64| match ours {
                Some(ours) if ours > 0.0 && row.name != "bare" => format!("{:.2}", theirs / ours),
                _ => "–".to_owned(),
            };
            let wall_ratio = ratio(ours.map(|ours| ours.minimum), row.minimum);
            let cpu_ratio = ratio(ours.map(|ours| ours.cpu), row.cpu);
            let _ = writeln!(
                text,
                "| {} | {:.1} | {:.1} | {:.1} | {wall_ratio} | {:.1} | {:.1} | {cpu_ratio} | {:.2} |",
                row.name,
                row.minimum,
                row.median,
                row.minimum - bare,
                row.cpu,
                row.cpu_median,
                row.allocations,
            );
        }
        text
    }
}

/// The least; 0 of none.
#[must_use]
pub fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().min_by(f64::total_cmp).unwrap_or(0.0)
}

/// The one in the middle; 0 of none.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}
