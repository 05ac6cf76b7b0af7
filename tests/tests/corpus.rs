//! Every function shape compiles annotated as it compiles bare: nothing added, nothing lost.
//!
//! `cargo test -p traced-tests --test corpus -- --nocapture` prints the table. `CORPUS_SHAPES=12,47` runs only the
//! shapes whose names start so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use traced_tests::corpus::compiler::Lints;
use traced_tests::corpus::{Compiler, Diagnostic, Difference, Edition, Job, Mode, Shape, Table, compare};

type Found = BTreeMap<String, Vec<Diagnostic>>;
type Setting = (Mode, Edition, Lints);

#[test]
fn annotated_shapes_compile_as_bare_ones() {
    let shapes = shapes("shapes");
    let compiler = compiler();
    let results = run_all(&compiler, &shapes);
    let mut table = Table::default();
    for ((mode, edition, lints), found) in &results {
        let bare = &results.iter().find(|(setting, _)| *setting == (Mode::Bare, *edition, *lints)).expect("bare").1;
        for shape in shapes.iter().filter(|shape| *mode != Mode::Bare && shape.runs_in(*mode, *edition)) {
            let difference = judge(shape, &bare[&shape.name], &found[&shape.name]);
            table.add(&shape.name, (*mode, *edition), lints.name(), &difference);
        }
    }
    for line in table.details() {
        println!("{line}");
    }
    println!("{table}");
    assert!(table.is_clean(), "annotated shapes differ from bare ones");
}

#[test]
fn bare_shapes_are_clean_or_say_what_they_set_off() {
    let shapes = shapes("shapes");
    let compiler = compiler();
    for edition in Edition::ALL {
        let chosen: Vec<&Shape> = shapes.iter().filter(|shape| shape.runs_in(Mode::Bare, edition)).collect();
        let found = diagnose(&compiler, &chosen, (Mode::Bare, edition, Lints::Default));
        for shape in chosen {
            let diagnostics = &found[&shape.name];
            assert!(!shape.is_clean() || diagnostics.is_empty(), "{}: {diagnostics:?}", shape.name);
            for lint in shape.fires() {
                let fired = diagnostics.iter().any(|diagnostic| diagnostic.code == lint);
                assert!(fired, "{}: {lint} does not fire on the bare code", shape.name);
            }
        }
    }
}

/// The difference, where a shape that can't be spanned has its errors taken as none.
fn judge(shape: &Shape, bare: &[Diagnostic], annotated: &[Diagnostic]) -> Difference {
    let Some(word) = shape.error() else { return compare(bare, annotated) };
    let mut difference = compare(bare, annotated);
    // A parser or a gate that objects to the bare code may object twice, before and after the expansion.
    difference.failures.retain(|failure| !bare.contains(failure));
    for line in shape.marker_lines() {
        let near = |diagnostic: &Diagnostic| {
            let first = diagnostic.places.first().map_or(0, |place| place.range[0] as usize);
            (line..line + 3).contains(&first) && diagnostic.message.contains(word)
        };
        if let Some(index) = difference.failures.iter().position(near) {
            difference.failures.remove(index);
        } else {
            let message = format!("no error with `{word}` for the marker in line {line}");
            difference.lost.push(Diagnostic { level: String::new(), code: String::new(), message, places: Vec::new() });
        }
    }
    difference
}

/// Every setting, over all processors.
fn run_all(compiler: &Compiler, shapes: &[Shape]) -> Vec<(Setting, Found)> {
    let modes = [Mode::Bare].into_iter().chain(Mode::ANNOTATED);
    let settings = modes.flat_map(|mode| {
        Edition::ALL.into_iter().flat_map(move |edition| Lints::ALL.into_iter().map(move |lints| (mode, edition, lints)))
    });
    let settings = Mutex::new(settings);
    let results = Mutex::new(Vec::new());
    let work = || {
        loop {
            let next = settings.lock().expect("the list").next();
            let Some(setting) = next else { break };
            let chosen: Vec<&Shape> = shapes.iter().filter(|shape| shape.runs_in(setting.0, setting.1)).collect();
            let found = diagnose(compiler, &chosen, setting);
            results.lock().expect("the results").push((setting, found));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    results.into_inner().expect("the results")
}

/// The diagnostics of each shape: compiled together where that works, apart where one has an error, since an error
/// keeps the compiler from later lints.
fn diagnose(compiler: &Compiler, shapes: &[&Shape], (mode, edition, lints): Setting) -> Found {
    let (mut apart, mut together): (Vec<&Shape>, Vec<&Shape>) = shapes.iter().partition(|shape| shape.is_solo());
    let mut found = Found::new();
    while !together.is_empty() {
        let diagnostics = compiler.check(&Job { shapes: &together, mode, edition, lints });
        let stops = |diagnostic: &Diagnostic| diagnostic.is_error() && !is_lint(diagnostic);
        if !diagnostics.iter().any(stops) {
            for shape in together {
                let own = diagnostics.iter().filter(|diagnostic| diagnostic.shape() == Some(&shape.name));
                found.insert(shape.name.clone(), own.cloned().collect());
            }
            break;
        }
        let broken = |shape: &&Shape| {
            let its_own = |diagnostic: &Diagnostic| diagnostic.shape().is_some_and(|name| name == shape.name);
            diagnostics.iter().any(|diagnostic| stops(diagnostic) && its_own(diagnostic))
        };
        let (newly_apart, rest): (Vec<&Shape>, Vec<&Shape>) = together.into_iter().partition(broken);
        // An error that names no shape of ours could be anyone's.
        let anyones = newly_apart.is_empty();
        apart.extend(newly_apart);
        together = if anyones { Vec::new() } else { rest.clone() };
        apart.extend(if anyones { rest } else { Vec::new() });
    }
    for shape in apart {
        found.insert(shape.name.clone(), compiler.check(&Job { shapes: &[shape], mode, edition, lints }));
    }
    found
}

fn is_lint(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The shapes of a directory of the corpus, or those that `CORPUS_SHAPES` asks for.
fn shapes(directory: &str) -> Vec<Shape> {
    let mut shapes = Shape::load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(directory));
    if let Ok(wanted) = std::env::var("CORPUS_SHAPES") {
        shapes.retain(|shape| wanted.split(',').any(|prefix| shape.name.starts_with(prefix)));
    }
    shapes
}

fn compiler() -> Compiler {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(cargo);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    Compiler::new(&mut command, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus"))
}
