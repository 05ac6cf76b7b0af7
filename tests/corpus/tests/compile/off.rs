//! With the feature `off`, annotated code is the bare code: the same assembly.

#![allow(clippy::print_stdout, reason = "what was compared is worth reading")]

use std::collections::BTreeMap;
use std::path::Path;
use traced_corpus_tests::compiler::Lints;
use traced_corpus_tests::{Compiler, Edition, Job, Mode, Shape};

use super::corpus::{cargo_in, is_exhaustive};

#[test]
fn the_corpus_compiles_to_the_assembly_of_the_bare_code() {
    let shapes = Shape::load_all(&manifest_directory().join("shapes"));
    let spanned: Vec<&Shape> = shapes.iter().filter(|shape| shape.error().is_none()).collect();
    // `CORPUS=all`, as in `ci/corpus.sh`, compares every mode.
    let typical = [Mode::Plain, Mode::Args];
    assert_same_assembly(&compiler("corpus"), &spanned, if is_exhaustive() { &Mode::ANNOTATED } else { &typical });
}

#[test]
fn captures_parents_and_calls_of_macros_leave_nothing() {
    let shapes = Shape::load_all(&manifest_directory().join("off"));
    let all: Vec<&Shape> = shapes.iter().collect();
    assert_same_assembly(&compiler("calls"), &all, &[Mode::Plain]);
}

#[test]
#[ignore = "checks every dependency of the examples once more; ci/corpus.sh runs it"]
fn examples_build_without_change() {
    let mut command = cargo_in(manifest_directory());
    command.env("CARGO_TARGET_DIR", target_directory());
    let output = command.args(["check", "-p", "traced-examples", "--all-targets", "--features", "traced/off"]).output();
    let output = output.expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn functions_run_and_calls_do_nothing() {
    let mut command = cargo_in(&manifest_directory().join("../off"));
    command.env("CARGO_TARGET_DIR", target_directory());
    let output = command.arg("test").output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Compiles the shapes bare and in each of the modes, and compares.
fn assert_same_assembly(compiler: &Compiler, shapes: &[&Shape], modes: &[Mode]) {
    let compare = |edition| different_in(compiler, shapes, (edition, modes));
    let different: Vec<String> = std::thread::scope(|scope| {
        let threads = Edition::ALL.map(|edition| scope.spawn(move || compare(edition)));
        threads.into_iter().flat_map(|thread| thread.join().expect("the comparison")).collect()
    });
    assert!(different.is_empty(), "the assembly differs:\n{}", different.join("\n"));
}

/// The crates whose assembly is not that of the bare code, in one edition.
fn different_in(compiler: &Compiler, shapes: &[&Shape], (edition, modes): (Edition, &[Mode])) -> Vec<String> {
    let mut different = Vec::new();
    let mut bare = BTreeMap::new();
    for mode in modes {
        let chosen = shapes.iter().copied().filter(|shape| shape.runs_in(*mode, edition));
        let (apart, together): (Vec<&Shape>, Vec<&Shape>) = chosen.partition(|shape| shape.is_solo());
        let crates = apart.chunks(1).chain((!together.is_empty()).then_some(together.as_slice()));
        for shapes in crates {
            let compile = |mode| compiler.assembly(&Job { shapes, mode, edition, lints: Lints::Default });
            let names = shapes.iter().map(|shape| shape.name.as_str()).collect::<Vec<&str>>().join(" ");
            if *bare.entry(names.clone()).or_insert_with(|| compile(Mode::Bare)) != compile(*mode) {
                different.push(format!("{} {}: {names}", mode.name(), edition.name()));
            }
        }
    }
    different
}

fn compiler(name: &str) -> Compiler {
    let mut command = cargo_in(&manifest_directory().join("../off"));
    command.env("CARGO_TARGET_DIR", target_directory());
    Compiler::new(&mut command, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("off").join(name))
}

fn manifest_directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The directory of the workspace's own builds: what both need is built once.
fn target_directory() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the directory of builds")
}
