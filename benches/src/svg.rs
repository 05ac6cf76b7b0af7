//! A plot of the core scenarios.

use std::fmt::Write;

use crate::report::{Row, Table};

const WIDTH: u32 = 460;
const COLUMNS: u32 = 2;
const BAR: u32 = 16;
const GAP: u32 = 5;
const TITLE: u32 = 26;
const MARGIN: u32 = 18;
const LABELS: u32 = 190;
const VALUES: u32 = 60;

/// Bars of the minimum on the calling thread, one panel a scenario, each with its own scale.
#[must_use]
pub fn plot(tables: &[Table], caption: &str) -> String {
    let panels: Vec<_> = tables.iter().map(|table| (table, rows(table))).filter(|(_, rows)| !rows.is_empty()).collect();
    let most = panels.iter().map(|(_, rows)| rows.len() as u32).max().unwrap_or(0);
    let panel_height = TITLE + most * (BAR + GAP) + MARGIN;
    let lines = (panels.len() as u32).div_ceil(COLUMNS);
    let (width, height) = (COLUMNS * (WIDTH + MARGIN) + MARGIN, lines * panel_height + 2 * MARGIN + 8);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"11\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (place, (table, rows)) in panels.iter().enumerate() {
        let (column, line) = (place as u32 % COLUMNS, place as u32 / COLUMNS);
        let (x, y) = (MARGIN + column * (WIDTH + MARGIN), MARGIN + line * panel_height);
        let _ = writeln!(svg, "<g transform=\"translate({x},{y})\">");
        panel(&mut svg, table.scenario.title(), rows);
        svg += "</g>\n";
    }
    let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{}\" fill=\"#57606a\">{}</text>", height - 10, escaped(caption));
    svg + "</svg>\n"
}

/// Who recorded; where nobody does, everyone but the bare functions.
fn rows(table: &Table) -> Vec<&Row> {
    let anyone = table.rows.iter().any(|row| row.records);
    table.rows.iter().filter(|row| if anyone { row.records } else { row.name != "bare" }).collect()
}

fn panel(svg: &mut String, title: &str, rows: &[&Row]) {
    let most = rows.iter().map(|row| row.minimum).fold(f64::MIN_POSITIVE, f64::max);
    let room = f64::from(WIDTH - LABELS - VALUES);
    let _ = writeln!(svg, "<text y=\"12\" font-weight=\"600\" fill=\"#1f2328\">{}</text>", escaped(title));
    for (place, row) in rows.iter().enumerate() {
        let y = TITLE + place as u32 * (BAR + GAP);
        let length = (row.minimum / most * room).max(1.0);
        let (colour, weight) = if row.name == "traced" { ("#0969da", "600") } else { ("#afb8c1", "400") };
        let text = y + BAR - 4;
        let _ = writeln!(
            svg,
            "<text x=\"{label}\" y=\"{text}\" text-anchor=\"end\" font-weight=\"{weight}\" fill=\"#1f2328\">{name}</text>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"{colour}\"/>\
             <text x=\"{end:.1}\" y=\"{text}\" font-weight=\"{weight}\" fill=\"#1f2328\">{value:.1} ns</text>",
            label = LABELS - 8,
            name = escaped(row.name),
            end = f64::from(LABELS) + length + 6.0,
            value = row.minimum,
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
