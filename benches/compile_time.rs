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
use traced_benches::machine;

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
        let mut best = [Duration::MAX; VARIANTS.len()];
        packages.iter().for_each(|package| drop(time(package, build)));
        for _ in 0..repeat {
            for (package, best) in packages.iter().zip(&mut best) {
                *best = time(package, build).min(*best);
            }
        }
        println!("{}", row(title, best.map(|best| best.as_secs_f64()), "s"));
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

/// Functions of a few lines each: half async, a fourth fallible, all with arguments and all called.
fn program(attribute: &str, functions: u64) -> String {
    let mut text = String::from(
        "use std::future::{Future, ready};\nuse std::hint::black_box;\nuse std::num::ParseIntError;\n\
         use std::pin::pin;\nuse std::task::{Context, Poll, Waker};\n",
    );
    for i in 0..functions {
        let function = match i % 4 {
            0 => format!(
                "fn f{i}(a: u64, text: &str) -> u64 {{\n    text.bytes().fold(a + {i}, |sum, byte| sum.rotate_left(5) ^ u64::from(byte))\n}}\n"
            ),
            1 => format!(
                "async fn f{i}(a: u64, text: &str) -> u64 {{\n    let b = ready(a + {i}).await;\n    text.len() as u64 * b\n}}\n"
            ),
            2 => format!(
                "fn f{i}(a: u64, text: &str) -> Result<u64, ParseIntError> {{\n    let b: u64 = text.parse()?;\n    Ok(a * b + {i})\n}}\n"
            ),
            _ => format!(
                "async fn f{i}(a: u64, text: &str) -> Result<u64, ParseIntError> {{\n    let b: u64 = ready(text).await.parse()?;\n    Ok(a ^ b ^ {i})\n}}\n"
            ),
        };
        let _ = write!(text, "\n{attribute}\n{function}");
    }
    text += "\nfn drive<F: Future>(future: F) -> F::Output {\n    let mut future = pin!(future);\n    loop {\n        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {\n            return output;\n        }\n    }\n}\n\nfn main() {\n    let mut sum = 0_u64;\n";
    for i in 0..functions {
        let call = match i % 4 {
            0 => format!("f{i}(black_box({i}), black_box(\"12\"))"),
            1 => format!("drive(f{i}(black_box({i}), black_box(\"12\")))"),
            2 => format!("f{i}(black_box({i}), black_box(\"12\")).unwrap_or(0)"),
            _ => format!("drive(f{i}(black_box({i}), black_box(\"12\"))).unwrap_or(0)"),
        };
        let _ = writeln!(text, "    sum = sum.wrapping_add({call});");
    }
    text + "    println!(\"{sum}\");\n}\n"
}

/// Touches the package's file and builds it again.
fn time(package: &Path, build: &[&str]) -> Duration {
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
    let start = Instant::now();
    let status = command.status().expect("cargo runs, since it runs this");
    let wall = start.elapsed();
    assert!(status.success(), "cargo {build:?} failed in {}", package.display());
    wall
}
