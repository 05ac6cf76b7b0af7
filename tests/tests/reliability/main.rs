//! Fault by fault: what becomes of three spans, for how long the program is held up, and what is said. The tables in
//! `docs/reliability.md` are what this test saw; with `TRACED_WRITE_DOCS=1` it writes them.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

mod grpc;
mod http;
mod others;
mod row;
mod tls;

use std::fmt::Write as _;
use std::path::Path;

use row::Seen;

const HEAD: &str = "| exporter | fault | verdict | delivered | held | refused | `flush` waits for | the end waits for | \
                    left at the end | said |\n|---|---|---|--:|--:|--:|---|---|--:|--:|\n";

/// The table, then the list of what was said, by the number that it has in the table.
fn document(rows: &[Seen]) -> String {
    let mut said: Vec<&str> = Vec::new();
    let mut table = HEAD.to_owned();
    for row in rows {
        let number = row.said.as_deref().map_or(String::new(), |text| {
            let known = said.iter().position(|known| *known == text);
            let place = known.unwrap_or_else(|| {
                said.push(text);
                said.len() - 1
            });
            (place + 1).to_string()
        });
        let Seen { exporter, fault, verdict, delivered, held, refused, flush, end, left, .. } = row;
        let numbers = [delivered, held, refused].map(shown);
        writeln!(
            table,
            "| {exporter} | {fault} | {verdict} | {} | {flush} | {end} | {} | {number} |",
            numbers.join(" | "),
            shown(left)
        )
        .unwrap();
    }
    table += "\nWhat is said, each once:\n\n";
    for (index, text) in said.iter().enumerate() {
        writeln!(table, "{}. {text}", index + 1).unwrap();
    }
    table
}

/// Zeros are many, and say nothing.
fn shown(number: &u64) -> String {
    if *number == 0 { String::new() } else { number.to_string() }
}

#[test]
fn what_becomes_of_spans_is_what_the_page_says() {
    let mut rows = http::rows();
    rows.extend(tls::rows());
    rows.extend(grpc::rows());
    rows.extend(others::rows());
    let table = document(&rows);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reliability.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- table: begin -->\n", "<!-- table: end -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (written, after) = rest.split_once(end).unwrap();
    if std::env::var_os("TRACED_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "run this test with TRACED_WRITE_DOCS=1, and look at what changed");
    }
}

/// The tests that the second table names are there.
#[test]
fn the_tests_that_the_page_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let (_, rest) = page.split_once("<!-- tests: begin -->").unwrap();
    let (table, _) = rest.split_once("<!-- tests: end -->").unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault")).collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let named = row.rsplit('`').nth(1).unwrap_or_else(|| panic!("no test in {row}"));
        let (file, test) = named.split_once("::").unwrap_or_else(|| panic!("{named}"));
        let code = std::fs::read_to_string(root.join("tests/tests").join(file).with_extension("rs"));
        let code = code.unwrap_or_else(|error| panic!("{named}: {error}"));
        assert!(code.contains(&format!("fn {test}()")), "{named}");
    }
}
