//! The crates of this workspace keep to their order of rooms, and the check that says so can fail.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

#[path = "rooms/planted.rs"]
mod planted;

use std::fs;
use std::path::{Path, PathBuf};

use traced_structure::{Circle, Exception, Rules, check};

const MACROS: Rules<'_> = Rules {
    circles: &[Circle {
        files: &["expand.rs", "expand/outcome.rs"],
        reason: "a part of an expansion names its locals",
    }],
    ..EVERY
};

const CORE: Rules<'_> = Rules {
    rooms: &["process", "model", "wire", "tracer", "handoff", "local", "propagate", "span", "__rt", "instrumentation"],
    exceptions: &[Exception {
        file: "local/stack.rs",
        room: "span",
        reason: "a test has spans open while a thread ends",
    }],
    circles: &[
        Circle { files: &["handoff/outbox.rs", "handoff/outbox/pool.rs"], reason: "a pool of the chunks above it" },
        Circle { files: &["span.rs", "span/builder.rs"], reason: "`Span::builder`" },
        Circle {
            files: &["tracer/context.rs", "tracer/provider.rs", "tracer/sampler/decision.rs"],
            reason: "a provider holds a sampler, whose request holds a context, which holds a provider",
        },
    ],
    ..EVERY
};

const RUNTIME: Rules<'_> = Rules {
    rooms: &["carry", "export", "pipeline", "interop", "setup", "testing", "macros"],
    for_tests: &["testing"],
    circles: &[Circle {
        files: &["export/waterfall.rs", "export/waterfall/columns.rs", "export/waterfall/order.rs"],
        reason: "columns and order of the rows that the file above draws",
    }],
    ..EVERY
};

const EVERY: Rules<'_> =
    Rules { rooms: &[], for_tests: &[], exceptions: &[], circles: &[], largest_circle: 4, file_lines: 400 };

#[test]
fn macros() {
    keeps("macros", &MACROS);
}

#[test]
fn core() {
    keeps("core", &CORE);
}

#[test]
fn runtime() {
    keeps("runtime", &RUNTIME);
}

#[test]
fn instrumentation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instrumentation");
    for entry in fs::read_dir(root).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        let circles: &[Circle<'_>] = match name.as_str() {
            "conventions" => {
                &[Circle { files: &["sql.rs", "sql/lexer.rs"], reason: "dialects have tokens of their own" }]
            }
            _ => &[],
        };
        keeps(&format!("instrumentation/{name}"), &Rules { circles, ..EVERY });
    }
}

fn keeps(folder: &str, rules: &Rules<'_>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let report = check(&root, folder, rules).unwrap_or_else(|error| panic!("{error}"));
    let src = root.join(folder).join("src");
    assert_eq!(report.files, files_below(&src), "files read of those in {}", src.display());
    assert!(report.mentions >= report.files, "{report:?}");
    assert!(report.broken.is_empty(), "\n{}\n", report.broken.join("\n"));
}

fn files_below(folder: &Path) -> usize {
    let paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).count();
    files + paths.iter().filter(|path| path.is_dir()).map(|path| files_below(path)).sum::<usize>()
}
