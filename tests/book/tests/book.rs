//! The book is whole: each page is in the table of contents and has its examples compiled, no link leads nowhere, and what
//! it says of programs beside each other is so.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all pages in `docs/`, but for the table of contents.
fn pages() -> BTreeSet<String> {
    let files = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    let names = files.map(|name| name.into_string().unwrap());
    names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect()
}

/// What people read on the way: the pages, and the texts around them.
fn texts() -> Vec<PathBuf> {
    let around = [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "benches/README.md",
        "examples/README.md",
    ];
    let pages = pages().into_iter().chain(["SUMMARY.md".to_owned()]).map(|page| root().join("docs").join(page));
    pages.chain(around.map(|text| root().join(text))).collect()
}

/// The text without its blocks of code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The blocks of code in this language, with what stands behind its name.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<(&'a str, &'a str)> {
    let parts = text.split("```").collect::<Vec<_>>();
    let code = parts.into_iter().skip(1).step_by(2).map(|block| block.split_once('\n').unwrap_or((block, "")));
    code.filter(|(head, _)| head.split(',').next() == Some(language)).collect()
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let summary = read(root().join("docs/SUMMARY.md"));
    for page in pages() {
        assert_eq!(summary.matches(&format!("]({page})")).count(), 1, "docs/{page} in docs/SUMMARY.md");
    }
}

#[test]
fn the_examples_of_every_page_are_compiled() {
    let here = read(root().join("tests/book/src/lib.rs"));
    for page in pages() {
        // What the docs of `traced` include is compiled with them.
        let elsewhere = root().join("runtime/docs").join(&page);
        assert!(here.contains(&format!("\"{page}\",")) != elsewhere.exists(), "docs/{page} in tests/book/src/lib.rs");
        for (head, code) in blocks(&read(root().join("docs").join(&page)), "rust") {
            assert!(!head.contains("ignore"), "docs/{page}: an example is not compiled ({head}): {code}");
        }
    }
}

/// What the docs of `traced` cannot compile, since other crates are in it.
#[test]
fn the_examples_of_the_readme_are_those_of_the_book() {
    let readme = read(root().join("README.md"));
    let pages = pages().iter().map(|page| read(root().join("docs").join(page))).collect::<String>();
    for (_, code) in blocks(&readme, "rust").into_iter().filter(|(head, _)| *head == "rust,ignore") {
        let is_compiled = blocks(&pages, "rust").iter().any(|(_, compiled)| compiled.contains(code));
        assert!(is_compiled, "no page has this example of the README: {code}");
    }
}

/// The anchor of a heading, as GitHub, mdBook and rustdoc make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// The anchors of a text.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

/// Where the links of a text lead: `[text](target)`, and of those that are named `[text][target]` and `[target]: path`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let inline = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let named = prose.split("][").skip(1).filter_map(|rest| rest.split(']').next());
    let definitions = prose.lines().filter_map(|line| line.strip_prefix('[')?.split_once(']')?.1.strip_prefix(": "));
    inline.chain(named).chain(definitions).map(str::to_owned).collect()
}

#[test]
fn no_link_leads_nowhere() {
    let mut dead = Vec::new();
    for file in texts() {
        let text = read(&file);
        // Paths of Rust items, which rustdoc resolves and checks.
        let targets = links(&text).into_iter().filter(|target| !target.contains("://") && !target.contains("::"));
        for target in targets {
            let (path, heading) = target.split_once('#').unwrap_or((&target, ""));
            let path = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            let is_there = path.exists() && (heading.is_empty() || anchors(&read(&path)).contains(heading));
            if !is_there {
                dead.push(format!("{}: {target}", file.strip_prefix(root()).unwrap_or(&file).display()));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn links_of_the_attribute_lead_somewhere_from_its_rustdoc_too() {
    for page in ["attribute.md", "testing.md"] {
        let text = read(root().join("docs").join(page));
        let files = links(&text).into_iter().filter(|target| target.contains(".md")).collect::<Vec<_>>();
        assert!(files.is_empty(), "docs/{page} is included in the docs of `traced`, where there is no {files:?}");
    }
}

/// How many lines of `after` are not in `before`, in order; empty ones do not count.
fn added(before: &str, after: &str) -> usize {
    let lines =
        |text: &'_ str| text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(before), lines(after));
    // The longest common subsequence, row by row.
    let mut row = vec![0; after.len() + 1];
    for old in &before {
        let mut diagonal = 0;
        for (at, new) in after.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if old == new { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    after.len() - row[after.len()]
}

#[test]
fn the_comparison_with_tracing_counts_right() {
    let page = read(root().join("docs/beside-tracing.md"));
    let programs = blocks(&page, "rust").into_iter().map(|(_, code)| code).collect::<Vec<_>>();
    let [bare, traced, tracing] = programs[..] else { panic!("three programs") };
    let counted = format!("| **lines** | **{}** | **{}** |", added(bare, traced), added(bare, tracing));
    assert!(page.contains(&counted), "{counted}");
    let table = page.split("| **lines** |").nth(1).unwrap().lines().skip(1).take(5);
    let sums = table.fold((0, 0), |(ours, theirs), line| {
        let cells = line.split('|').map(str::trim).collect::<Vec<_>>();
        (ours + cells[2].parse::<usize>().unwrap(), theirs + cells[3].parse::<usize>().unwrap())
    });
    assert_eq!(sums, (added(bare, traced), added(bare, tracing)), "the rows below add up");
}
