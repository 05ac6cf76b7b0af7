//! What annotations cost the compiler: 500 functions, half of them async, bare and with each library's attribute.
//!
//! ```text
//! cargo bench --bench compile_time --no-default-features -- [--quick] [--functions 500] [--repeat 3]
//! ```
//!
//! Each variant is a package of its own; its dependencies are built before anything is timed. Then its only file is
//! touched and built again, without incremental compilation, the variants in turns; the least of the repetitions
//! counts.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use traced_benches::arguments::Arguments;
use traced_benches::{machine, process};

/// One way to annotate.
struct Variant {
    name: &'static str,
    dependency: &'static str,
    attribute: &'static str,
}

const VARIANTS: [Variant; 4] = [
    Variant { name: "bare", dependency: "", attribute: "" },
    Variant { name: "traced", dependency: "traced = { path = \"{root}/runtime\" }", attribute: "#[traced::traced]" },
    Variant { name: "tracing", dependency: "tracing = \"0.1\"", attribute: "#[tracing::instrument(skip_all)]" },
    Variant {
        name: "fastrace",
        dependency: "fastrace = { version = \"=0.7.19\", features = [\"enable\"] }",
        attribute: "#[fastrace::trace]",
    },
];

/// What is timed: a name and cargo's arguments.
const BUILDS: [(&str, &[&str]); 3] =
    [("cargo check", &["check"]), ("cargo build", &["build"]), ("cargo build --release", &["build", "--release"])];

fn main() {
    let arguments = Arguments::of_process();
    let quick = arguments.has("--quick");
    let functions = arguments.number("--functions").unwrap_or(if quick { 40 } else { 500 });
    let repeat = arguments.number("--repeat").unwrap_or(if quick { 1 } else { 3 });
    println!("# compile_time: {functions} functions, minimum of {repeat}\n\n{}", machine::describe());
    let folder = folder();
    let packages = VARIANTS.map(|variant| write_package(&folder, &variant, functions));
    println!("| | bare | traced | tracing | fastrace |\n|---|--:|--:|--:|--:|");
    for (title, build) in BUILDS {
        let mut best = [Took { wall: Duration::MAX, cpu: Duration::MAX }; VARIANTS.len()];
        packages.iter().for_each(|package| _ = time(package, build));
        for _ in 0..repeat {
            for (package, best) in packages.iter().zip(&mut best) {
                let took = time(package, build);
                *best = Took { wall: took.wall.min(best.wall), cpu: took.cpu.min(best.cpu) };
            }
        }
        println!("{}", row(&format!("{title}, CPU"), best.map(|best| best.cpu.as_secs_f64()), "s"));
        println!("{}", row(&format!("{title}, wall"), best.map(|best| best.wall.as_secs_f64()), "s"));
    }
    let sizes = VARIANTS.map(|variant| {
        let binary = folder.join("target/release").join(variant.name);
        fs::metadata(binary).expect("it was built").len() as f64 / 1024.0
    });
    println!("{}", row("stripped binary", sizes, "KiB"));
}

fn row(title: &str, numbers: [f64; VARIANTS.len()], unit: &str) -> String {
    let mut row = format!("| {title} |");
    for (place, number) in numbers.into_iter().enumerate() {
        let _ = match place {
            0 => write!(row, " {number:.2} {unit} |"),
            _ => write!(row, " {number:.2} {unit}, {:.2} × |", number / numbers[0]),
        };
    }
    row
}

/// Where the packages are: kept between runs, so that dependencies are built once.
fn folder() -> PathBuf {
    let program = env::current_exe().expect("a program knows its own path");
    let target = program.ancestors().nth(3).expect("cargo puts it into target/release/deps");
    target.join("compile-time")
}

/// Writes a package with the workspace's own versions of everything; gives its manifest.
fn write_package(folder: &Path, variant: &Variant, functions: u64) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("benches/ is in the workspace");
    let package = folder.join(variant.name);
    fs::create_dir_all(package.join("src")).expect("the target folder is writable");
    let dependency = variant.dependency.replace("{root}", &root.display().to_string());
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n\n\
         [profile.release]\nstrip = true\n\n[workspace]\n",
        variant.name,
    );
    // A package cannot be called as what it depends on.
    let manifest = manifest.replacen("name = \"t", "name = \"with-t", 1).replacen("name = \"f", "name = \"with-f", 1);
    let manifest = format!("{manifest}\n[[bin]]\nname = \"{}\"\npath = \"src/main.rs\"\n", variant.name);
    write_if_changed(&package.join("Cargo.toml"), &manifest);
    write_if_changed(&package.join("src/main.rs"), &program(variant.attribute, functions));
    let lock = package.join("Cargo.lock");
    if !lock.exists() {
        fs::copy(root.join("Cargo.lock"), lock).expect("the workspace has a lock file");
    }
    package
}

fn write_if_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("the target folder is writable");
    }
}

/// The start of every program.
const PROLOGUE: &str = "use std::future::{Future, ready};
use std::hint::black_box;
use std::num::ParseIntError;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}
";

/// Four shapes, ten lines each: sync and async, plain and fallible. `@` is the function's number.
const SHAPES: [(&str, &str); 4] = [
    (
        "fn f@(seed: u64, text: &str) -> u64 {
    let mut sum = seed + @;
    for (place, byte) in text.bytes().enumerate() {
        if byte.is_ascii_digit() {
            sum = sum.rotate_left(5) ^ u64::from(byte);
        } else {
            sum += place as u64;
        }
    }
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    sum + words.iter().map(|word| word.len() as u64).max().unwrap_or(0)
}
",
        "f@(black_box(@), black_box(\"12\"))",
    ),
    (
        "async fn f@(seed: u64, text: &str) -> u64 {
    let first = ready(seed + @).await;
    let mut sum = 0_u64;
    for word in text.split(' ') {
        match word.len() as u64 {
            0 => continue,
            length => sum += ready(length).await * first,
        }
    }
    let upper = text.to_uppercase();
    sum + upper.len() as u64
}
",
        "drive(f@(black_box(@), black_box(\"12\")))",
    ),
    (
        "fn f@(seed: u64, text: &str) -> Result<u64, ParseIntError> {
    let first: u64 = text.trim().parse()?;
    let mut numbers = Vec::with_capacity(4);
    for word in text.split(',') {
        let number: u64 = word.trim().parse()?;
        if number != first {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers.first().copied().unwrap_or(first) * seed + @)
}
",
        "f@(black_box(@), black_box(\"12\")).unwrap_or(0)",
    ),
    (
        "async fn f@(seed: u64, text: &str) -> Result<u64, ParseIntError> {
    let first: u64 = ready(text).await.trim().parse()?;
    let mut sum = seed ^ @;
    for word in text.split(',') {
        let number: u64 = ready(word).await.trim().parse()?;
        if number != first {
            sum = sum.wrapping_mul(31).wrapping_add(number);
        }
    }
    let shown = format!(\"{sum}/{first}\");
    Ok(sum + shown.len() as u64)
}
",
        "drive(f@(black_box(@), black_box(\"12\"))).unwrap_or(0)",
    ),
];

/// A program of so many functions, all of which it calls.
fn program(attribute: &str, functions: u64) -> String {
    let mut text = PROLOGUE.to_owned();
    let mut calls = String::new();
    for (i, (function, call)) in (0..functions).zip(SHAPES.iter().cycle()) {
        let number = i.to_string();
        let _ = write!(text, "\n{attribute}\n{}", function.replace('@', &number));
        let _ = writeln!(calls, "    sum = sum.wrapping_add({});", call.replace('@', &number));
    }
    text + "\nfn main() {\n    let mut sum = 0_u64;\n" + &calls + "    println!(\"{sum}\");\n}\n"
}

/// What a build took.
#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    cpu: Duration,
}

/// Touches the package's file and builds it again.
fn time(package: &Path, build: &[&str]) -> Took {
    let source = package.join("src/main.rs");
    let text = fs::read(&source).expect("it was written");
    fs::write(&source, text).expect("the target folder is writable");
    let target = package.parent().expect("packages share a folder").join("target");
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(build).args(["--quiet", "--offline"]).current_dir(package);
    // What this bench was itself built with is not meant for these packages.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_") && !text.starts_with("CARGO_HOME") || text.starts_with("RUSTFLAGS") {
            command.env_remove(&name);
        }
    }
    command.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0").stdout(Stdio::null());
    let (start, before) = (Instant::now(), process::cpu_time_of_children());
    let status = command.status().expect("cargo runs, since it runs this");
    let took = Took { wall: start.elapsed(), cpu: process::cpu_time_of_children().saturating_sub(before) };
    assert!(status.success(), "cargo {build:?} failed in {}", package.display());
    took
}
