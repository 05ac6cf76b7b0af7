//! Every function shape compiles annotated as it compiles bare: nothing added, nothing lost.
//!
//! `cargo test -p traced-corpus-tests -- --nocapture` prints the table. `CORPUS_SHAPES=12,47` runs only the
//! shapes whose names start so. Of the columns, those of [`is_typical`] run; `CORPUS=all`, as in `ci/corpus.sh`, runs
//! every one, and `CORPUS_MODES=plain,ret` or `CORPUS_EDITIONS=2024` those of these modes or editions.

#![allow(clippy::print_stdout, reason = "the table is what the test is read for")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread::spawn;
use std::time::Duration;
use traced_corpus_tests::compiler::Lints;
use traced_corpus_tests::{Compiler, Diagnostic, Difference, Edition, Job, MAY_BE_LOST, Mode, Shape, Table, compare};

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
            if shape.error().is_some() && *lints != Lints::Default {
                continue; // Lints are not reached.
            }
            let difference = judge(shape, *mode, &bare[&shape.name], &found[&shape.name]);
            table.add(&shape.name, (*mode, *edition), lints.name(), &difference);
        }
    }
    report(&table);
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

#[test]
fn half_typed_bodies_keep_the_item_and_the_users_own_errors() {
    // The compiler parses the item before the expansion and after it, so an error of its parser may stand twice.
    let deduplicated = |mut diagnostics: Vec<Diagnostic>| {
        diagnostics.dedup();
        diagnostics
    };
    let table = compare_errors("broken", deduplicated);
    assert!(table.is_clean(), "half-typed code has other errors annotated than bare");
}

#[test]
fn type_errors_stay_at_the_users_tokens() {
    let table = compare_errors("type_errors", |diagnostics| diagnostics);
    assert!(table.is_clean(), "type errors are other ones annotated than bare");
}

#[test]
fn clippy_finds_mistakes_in_arguments_as_the_compiler_does() {
    // What clippy sees is another expansion.
    let shapes = shapes("arguments");
    let compiler = compiler();
    let pairs = shapes.iter().flat_map(|shape| Edition::ALL.map(|edition| (shape, edition)));
    let compared = in_parallel(pairs, |(shape, edition)| {
        [Lints::Default, Lints::Everything].map(|lints| {
            let found = compiler.check(&Job { shapes: &[shape], mode: Mode::Plain, edition, lints });
            // Clippy writes paths out.
            let errors = found.into_iter().filter(Diagnostic::is_error);
            let mut places: Vec<_> = errors.map(|error| (error.code, error.places)).collect();
            places.sort();
            places
        })
    });
    for [errors, under_clippy] in compared {
        assert!(!errors.is_empty(), "no mistake is found");
        assert_eq!(errors, under_clippy);
    }
}

#[test]
fn the_global_allocator_may_be_annotated() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/allocator.rs");
    let program = compiler().program(&source);
    for argument in ["without", "init"] {
        let mut child =
            Command::new(&program).arg(argument).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut pipe = child.stdout.take().expect("a pipe");
        let (said, hear) = channel();
        // Its output ends when the program does.
        let reader = spawn(move || {
            let mut output = String::new();
            said.send(pipe.read_to_string(&mut output).map(|_| output))
        });
        let output = hear.recv_timeout(Duration::from_secs(60));
        if output.is_err() {
            child.kill().expect("it can be ended");
        }
        let status = child.wait().expect("its status");
        let output = output.expect("it ends").expect("text");
        assert!(status.success(), "{argument}: {status}");
        assert_eq!(output, "done\n", "{argument}");
        reader.join().expect("it read to the end").expect("somebody listens");
    }
}

/// A section of the attribute's documentation.
fn documented(title: &str) -> String {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/attribute.md"));
    let page = page.expect("the documentation of the attribute");
    let rest = page.split(&format!("\n# {title}\n")).nth(1).expect("a section of this title").to_owned();
    rest.split("\n\n# ").next().expect("its text").to_owned()
}

#[test]
fn the_documented_expansion_is_what_comes_out() {
    let section = documented("What it becomes");
    let blocks: Vec<&str> =
        section.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').expect("a line").1).collect();
    let [written, expanded] = blocks.as_slice() else { panic!("two blocks of code, not {}", blocks.len()) };
    let printed = compiler().expansions(&written.replace("\n# ", "\n").replacen("# ", "", 1));
    assert_eq!(printed.trim(), expanded.trim());
}

#[test]
fn lints_that_may_be_lost_are_the_published_ones() {
    let section = documented("Lints");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let published: Vec<&str> = rows.map(|(lint, _)| lint).collect();
    assert_eq!(published, MAY_BE_LOST);
}

/// Compares the errors of each file in `directory`, alone, in every mode.
fn compare_errors(directory: &str, normalise: fn(Vec<Diagnostic>) -> Vec<Diagnostic>) -> Table {
    let shapes = shapes(directory);
    let compiler = compiler();
    let pairs = shapes.iter().flat_map(|shape| Edition::ALL.map(|edition| (shape, edition)));
    let compared = in_parallel(pairs, |(shape, edition)| {
        let check = |mode| normalise(compiler.check(&Job { shapes: &[shape], mode, edition, lints: Lints::Default }));
        let bare = check(Mode::Bare);
        assert!(bare.iter().any(Diagnostic::is_error), "{} has no error", shape.name);
        let modes = Mode::ANNOTATED.into_iter().filter(|mode| shape.runs_in(*mode, edition));
        let modes = modes.filter(|mode| is_wanted_setting((*mode, edition, Lints::Default)));
        modes.map(|mode| (shape, (mode, edition), judge(shape, mode, &bare, &check(mode)))).collect::<Vec<_>>()
    });
    let mut table = Table::default();
    for (shape, setting, difference) in compared.iter().flatten() {
        table.add(&shape.name, *setting, directory, difference);
    }
    report(&table);
    table
}

fn report(table: &Table) {
    for line in table.details() {
        println!("{line}");
    }
    println!("{table}");
}

/// The difference, where a shape that can't be spanned has its errors taken as none.
fn judge(shape: &Shape, mode: Mode, bare: &[Diagnostic], annotated: &[Diagnostic]) -> Difference {
    let mut difference = compare(bare, annotated);
    if shape.is_reworded() {
        difference.forget_other_words();
    }
    let (also, hides) = shape.tolerated(mode);
    difference.failures.retain(|failure| !also.contains(&failure.code.as_str()));
    difference.lost.retain(|lost| !hides.contains(&lost.code.as_str()));
    let Some(word) = shape.error() else { return difference };
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
        Edition::ALL
            .into_iter()
            .flat_map(move |edition| Lints::ALL.into_iter().map(move |lints| (mode, edition, lints)))
    });
    let wanted = settings.filter(|&(mode, edition, lints)| {
        // What is bare is needed where anything is compared with it.
        let modes = if mode == Mode::Bare { &Mode::ANNOTATED[..] } else { &[mode] };
        modes.iter().any(|mode| is_wanted_setting((*mode, edition, lints)))
    });
    in_parallel(wanted, |setting| {
        let chosen: Vec<&Shape> = shapes.iter().filter(|shape| shape.runs_in(setting.0, setting.1)).collect();
        (setting, diagnose(compiler, &chosen, setting))
    })
}

fn is_wanted_setting((mode, edition, lints): Setting) -> bool {
    let chooses = ["CORPUS_MODES", "CORPUS_EDITIONS"].iter().any(|variable| std::env::var_os(variable).is_some());
    if chooses || is_exhaustive() {
        return is_wanted("CORPUS_MODES", mode.name()) && is_wanted("CORPUS_EDITIONS", edition.name());
    }
    is_typical((mode, edition, lints))
}

/// Each mode, edition and set of lints at least once, and every mode under the defaults.
fn is_typical((mode, edition, lints): Setting) -> bool {
    match lints {
        Lints::Default => edition == Edition::E2024 || mode == Mode::Plain,
        Lints::Everything => edition == Edition::E2024 && matches!(mode, Mode::Plain | Mode::Args),
        Lints::Compiler => edition == Edition::E2021 && mode == Mode::Plain,
        Lints::DenyWarnings | Lints::DenyDocs => edition == Edition::E2024 && mode == Mode::Plain,
    }
}

/// Whether every mode, edition and set of lints is asked for.
pub(crate) fn is_exhaustive() -> bool {
    std::env::var("CORPUS").is_ok_and(|value| value == "all")
}

/// The results of `work` on each item, in any order, over all processors.
fn in_parallel<T, R: Send>(items: impl Iterator<Item = T> + Send, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let items = Mutex::new(items);
    let results = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = items.lock().expect("the list").next();
                    let Some(item) = next else { break };
                    let result = work(item);
                    results.lock().expect("the results").push(result);
                }
            });
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
        let mut own = compiler.check(&Job { shapes: &[shape], mode, edition, lints });
        own.retain(|diagnostic| diagnostic.is_error() || diagnostic.shape() == Some(&shape.name));
        found.insert(shape.name.clone(), own);
    }
    found
}

fn is_lint(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The shapes of a directory of the corpus, or those that `CORPUS_SHAPES` asks for.
fn shapes(directory: &str) -> Vec<Shape> {
    let mut shapes = Shape::load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory));
    shapes.retain(|shape| is_wanted("CORPUS_SHAPES", &shape.name));
    shapes
}

/// Whether a variable of the environment, where it is set, lists the start of a name.
fn is_wanted(variable: &str, name: &str) -> bool {
    std::env::var(variable).map_or(true, |list| list.split(',').any(|prefix| name.starts_with(prefix)))
}

fn compiler() -> Compiler {
    let mut command = cargo_in(Path::new(env!("CARGO_MANIFEST_DIR")));
    // Tests run side by side, and compile the same shapes.
    let test = std::thread::current().name().unwrap_or("corpus").to_owned();
    Compiler::new(&mut command, &Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus").join(test))
}

/// Cargo, in a directory.
pub(crate) fn cargo_in(directory: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from));
    command.current_dir(directory);
    command
}
