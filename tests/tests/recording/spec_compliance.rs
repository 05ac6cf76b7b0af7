//! `docs/spec-compliance.md` names tests that exist, for every row, and leaves none out that is named after a row.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// How many rows there are of each kind.
const ROWS: [(&str, u32); 15] = [
    ("TP", 12),
    ("SC", 7),
    ("TS", 3),
    ("IG", 3),
    ("SP", 11),
    ("AT", 4),
    ("LM", 7),
    ("ST", 6),
    ("EX", 4),
    ("CA", 2),
    ("SA", 11),
    ("RS", 9),
    ("PP", 9),
    ("CX", 2),
    ("EN", 2),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The sources of all tests that are not beside what they test.
fn test_files() -> Vec<PathBuf> {
    let packages = ["tests", "tests/corpus", "tests/interop"].map(|package| root().join(package).join("tests"));
    let mut folders = packages.to_vec();
    if let Ok(entries) = fs::read_dir(root().join("instrumentation")) {
        folders.extend(entries.map(|entry| entry.unwrap().path().join("tests")).filter(|path| path.is_dir()));
    }
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The files that the page may mean: the one with that path, or those of that name among [`test_files`].
fn named(file: &str, files: &[PathBuf]) -> Vec<PathBuf> {
    if file.contains('/') {
        return vec![root().join(file).with_extension("rs")];
    }
    files.iter().filter(|path| path.file_stem().is_some_and(|stem| stem == file)).cloned().collect()
}

struct Row {
    id: String,
    shown_by: String,
}

impl Row {
    /// The tests it names, as `(file, function)`.
    fn tests(&self) -> Vec<(&str, &str)> {
        self.shown_by.split('`').filter_map(|quoted| quoted.split_once(".rs::")).collect()
    }
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/spec-compliance.md")).unwrap();
    let is_id = |id: &str| id.split_once('-').is_some_and(|(kind, _)| ROWS.iter().any(|(known, _)| *known == kind));
    let cells = page.lines().map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let rows = cells.filter(|cells| cells.len() == 4 && is_id(cells[0]));
    rows.map(|cells| Row { id: cells[0].to_owned(), shown_by: cells[3].to_owned() }).collect()
}

/// The names of the tests in a source file.
fn tests_in(path: &Path) -> BTreeSet<String> {
    let source = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut is_test = false;
    let mut names = BTreeSet::new();
    for line in source.lines().map(str::trim) {
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, after)) = line.split_once("fn ").filter(|_| is_test) {
            names.insert(after.split(['(', '<']).next().unwrap().to_owned());
            is_test = false;
        }
    }
    names
}

#[test]
fn every_row_is_there_once() {
    let expected = ROWS.iter().flat_map(|(kind, count)| (1..=*count).map(move |number| format!("{kind}-{number}")));
    let found: Vec<_> = rows().into_iter().map(|row| row.id).collect();
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn every_row_names_a_test_or_a_reason() {
    for row in rows() {
        let has_reason = row.shown_by.starts_with("Does not apply: ");
        assert!(has_reason || !row.tests().is_empty(), "{} names neither", row.id);
    }
}

#[test]
fn every_named_test_exists() {
    let all = test_files();
    let mut files = BTreeMap::new();
    for row in rows() {
        for (file, function) in row.tests() {
            let tests: &mut BTreeSet<String> = files
                .entry(file.to_owned())
                .or_insert_with(|| named(file, &all).iter().flat_map(|path| tests_in(path)).collect());
            assert!(tests.contains(function), "{}: {file}.rs has no test {function}", row.id);
        }
    }
    assert!(files.len() > 10, "the page names {} files", files.len());
}

#[test]
fn every_test_that_is_named_after_a_row_is_listed_in_it() {
    let rows = rows();
    let mut listed = 0;
    for path in test_files() {
        for test in tests_in(&path) {
            let mut words = test.split('_');
            let (kind, number) = (words.next().unwrap().to_uppercase(), words.next().unwrap_or_default());
            let id = format!("{kind}-{number}");
            let Some(row) = rows.iter().find(|row| row.id == id) else { continue };
            let file = path.file_stem().unwrap().to_str().unwrap();
            assert!(row.tests().contains(&(file, &test)), "{id} does not list {file}.rs::{test}");
            listed += 1;
        }
    }
    assert!(listed > 50, "{listed} tests are named after rows");
}
