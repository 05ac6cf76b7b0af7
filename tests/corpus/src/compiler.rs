//! Runs the compiler and clippy on crates made of shapes.

use super::{Diagnostic, Edition, Mode, Shape};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The crates that shapes may name.
const CRATES: [&str; 7] = ["traced", "anyhow", "async_stream", "async_trait", "futures_util", "tokio", "tracing"];

/// The lints of one compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lints {
    /// The compiler's defaults.
    Default,
    /// `deny(warnings)`.
    DenyWarnings,
    /// `deny(missing_docs, unused, dead_code)`.
    DenyDocs,
    /// Every lint of the compiler and every group of clippy, as warnings.
    Everything,
    /// Every lint of the compiler, as warnings, where clippy does not look on.
    Compiler,
}

impl Lints {
    /// Every set.
    pub const ALL: [Self; 5] = [Self::Default, Self::DenyWarnings, Self::DenyDocs, Self::Compiler, Self::Everything];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::DenyWarnings => "deny-warnings",
            Self::DenyDocs => "deny-docs",
            Self::Everything => "clippy",
            Self::Compiler => "every-lint",
        }
    }

    fn crate_attribute(self) -> &'static str {
        match self {
            Self::Default | Self::Everything | Self::Compiler => "",
            Self::DenyWarnings => "#![deny(warnings)] ",
            Self::DenyDocs => "#![deny(missing_docs, unused, dead_code)] ",
        }
    }
}

/// One compilation.
pub struct Job<'a> {
    /// What to compile, together.
    pub shapes: &'a [&'a Shape],
    /// What the markers become.
    pub mode: Mode,
    /// The language edition.
    pub edition: Edition,
    /// The lints.
    pub lints: Lints,
}

/// Where the compiler is and where the crates are that shapes name.
pub struct Compiler {
    rustc: PathBuf,
    clippy: PathBuf,
    /// The `--extern` and `-L` arguments.
    externs: Vec<String>,
    /// The names of the compiler's lints that are off by default.
    quiet_lints: Vec<String>,
    scratch: PathBuf,
}

impl Compiler {
    /// Builds the crates that shapes name and finds the tools. `manifest` is the package whose dependencies they are;
    /// sources and outputs go below `scratch`.
    ///
    /// # Panics
    /// When the toolchain has no clippy or the crates don't build.
    pub fn new(cargo: &mut Command, scratch: &Path) -> Self {
        let sysroot = text(Command::new(rustc_name()).args(["--print", "sysroot"]));
        let bin = Path::new(sysroot.trim()).join("bin");
        let clippy = bin.join(format!("clippy-driver{}", std::env::consts::EXE_SUFFIX));
        assert!(clippy.exists(), "the toolchain needs clippy: no {}", clippy.display());
        let rustc = PathBuf::from(rustc_name());
        let quiet_lints = quiet_lints(&text(Command::new(&rustc).args(["-W", "help"])));
        let externs = externs(&text(cargo.args(["build", "--message-format=json"])));
        fs::create_dir_all(scratch).expect("a scratch directory");
        Self { rustc, clippy, externs, quiet_lints, scratch: scratch.to_owned() }
    }

    /// Compiles to metadata and returns the diagnostics.
    pub fn check(&self, job: &Job<'_>) -> Vec<Diagnostic> {
        let name = job.shapes.first().map_or("none", |shape| shape.name.as_str());
        let kind = if job.shapes.len() > 1 { "all" } else { name };
        let Job { mode, edition, lints, .. } = job;
        let directory = self.scratch.join(format!("{kind}-{}-{}-{}", mode.name(), edition.name(), lints.name()));
        let root = self.write(&directory, job);
        let is_clippy = *lints == Lints::Everything;
        let mut command = Command::new(if is_clippy { &self.clippy } else { &self.rustc });
        command.args(["--crate-type=lib", "--crate-name=corpus", "--emit=metadata", "--error-format=json"]);
        command.arg(format!("--edition={}", edition.name())).args(&self.externs);
        // The compiler names closures and async blocks by their files.
        command.arg(format!("--remap-path-prefix={}=/shapes", directory.display()));
        command.arg("-o").arg(directory.join("out.rmeta")).arg(root);
        if matches!(lints, Lints::Compiler | Lints::Everything) {
            command.args(self.quiet_lints.iter().map(|lint| format!("-W{lint}")));
        }
        if is_clippy {
            command.args(["all", "pedantic", "nursery", "restriction"].map(|group| format!("-Wclippy::{group}")));
            command.env("CLIPPY_CONF_DIR", &directory);
        }
        diagnostics(&command.output().expect("the compiler runs"))
    }

    /// What `TRACED_MACROS_DEBUG=1` prints for a library of a package `shop`.
    ///
    /// # Panics
    /// When the code doesn't compile.
    pub fn expansions(&self, source: &str) -> String {
        let path = self.scratch.join("expansions.rs");
        fs::write(&path, source).expect("the source is written");
        let mut command = Command::new(&self.rustc);
        command
            .args(["--crate-type=lib", "--emit=metadata", "--edition=2024", "--cap-lints=allow"])
            .args(&self.externs);
        command.arg("-o").arg(path.with_extension("rmeta")).arg(&path);
        command.envs([("TRACED_MACROS_DEBUG", "1"), ("CARGO_PKG_NAME", "shop"), ("CARGO_PKG_VERSION", "1.2.0")]);
        let output = command.output().expect("the compiler runs");
        let printed = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.success(), "{printed}");
        printed
    }

    /// Builds a program of one file. Returns where it is.
    ///
    /// # Panics
    /// When the code doesn't compile.
    pub fn program(&self, source: &Path) -> PathBuf {
        let out = self.scratch.join(source.file_stem().expect("a file name"));
        let mut command = Command::new(&self.rustc);
        command.args(["--crate-type=bin", "--edition=2024"]).args(&self.externs);
        command.arg("-o").arg(&out).arg(source);
        let output = command.output().expect("the compiler runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        out
    }

    /// Builds a program of one file, and runs it.
    ///
    /// # Panics
    /// When it doesn't compile, or does not end with success.
    pub fn run(&self, source: &Path) {
        let output = Command::new(self.program(source)).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", source.display());
    }

    /// Compiles to optimised assembly.
    ///
    /// # Panics
    /// When the code doesn't compile.
    pub fn assembly(&self, job: &Job<'_>) -> String {
        let name = job.shapes.first().map_or("none", |shape| shape.name.as_str());
        let directory = self.scratch.join(format!("asm-{name}-{}-{}", job.mode.name(), job.edition.name()));
        let root = self.write(&directory, job);
        let mut command = Command::new(&self.rustc);
        command.args(["--crate-type=lib", "--crate-name=corpus", "--emit=asm", "-Copt-level=3", "-Ccodegen-units=1"]);
        command.arg(format!("--edition={}", job.edition.name())).args(&self.externs);
        command.arg(format!("--remap-path-prefix={}=/shapes", directory.display()));
        let out = directory.join("out.s");
        command.arg("-o").arg(&out).arg(root);
        let output = command.output().expect("the compiler runs");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        without_hashes(&fs::read_to_string(&out).expect("the assembly"))
    }

    /// Writes the crate of a job and returns its root.
    fn write(&self, directory: &Path, job: &Job<'_>) -> PathBuf {
        fs::create_dir_all(directory).expect("a directory for the crate");
        let attribute = job.shapes.iter().find_map(|shape| shape.crate_attribute());
        let attribute = attribute.map(|text| format!("#![{text}] ")).unwrap_or_default();
        let mut root = format!("{attribute}{}\n//! Shapes.\n", job.lints.crate_attribute());
        for shape in job.shapes {
            let file = directory.join(format!("{}.rs", shape.name));
            fs::write(&file, shape.render(job.mode)).expect("the shape is written");
            root.push_str(&format!("/// A shape.\n#[path = {file:?}]\npub mod s{};\n", shape.name));
        }
        let path = directory.join("root.rs");
        fs::write(&path, root).expect("the root is written");
        path
    }
}

/// Assembly without the hashes in names of symbols: they depend on the order in which the compiler meets items, and an
/// item that comes out of an attribute macro is met later.
fn without_hashes(assembly: &str) -> String {
    let mut out = String::with_capacity(assembly.len());
    let mut word = String::new();
    for character in assembly.chars() {
        if matches!(character, '0'..='9' | 'a'..='f') {
            word.push(character);
            continue;
        }
        // 17h and 16 digits end a symbol's name; 32 digits name a constant.
        let hash = word.len() == 32 || (word.len() == 16 && out.ends_with("17h"));
        out.push_str(if hash { "HASH" } else { &word });
        word.clear();
        out.push(character);
    }
    out + &word
}

fn rustc_name() -> String {
    std::env::var("RUSTC").unwrap_or_else(|_| String::from("rustc"))
}

/// The standard output of a command that succeeds.
fn text(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The diagnostics of a run; a crash of the compiler counts as one.
fn diagnostics(output: &Output) -> Vec<Diagnostic> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut all = Diagnostic::parse_all(&stderr);
    if !output.status.success() && !all.iter().any(Diagnostic::is_error) {
        let message = format!("the compiler failed without an error: {stderr}");
        all.push(Diagnostic { level: String::from("error"), code: String::new(), message, places: Vec::new() });
    }
    all
}

/// The names in the compiler's list of lints whose level is `allow`.
fn quiet_lints(help: &str) -> Vec<String> {
    let allowed = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, level) = (words.next()?, words.next()?);
        (level == "allow").then(|| name.to_owned())
    };
    help.lines().filter_map(allowed).collect()
}

/// The arguments that make the crates visible, from Cargo's messages.
fn externs(messages: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut directories = BTreeSet::new();
    for message in messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let files = message["filenames"].as_array().cloned().unwrap_or_default();
        let files: Vec<PathBuf> = files.iter().filter_map(Value::as_str).map(PathBuf::from).collect();
        directories.extend(files.iter().filter_map(|file| file.parent().map(Path::to_owned)));
        let name = message["target"]["name"].as_str().unwrap_or_default().replace('-', "_");
        let library = |file: &&PathBuf| {
            let extension = file.extension().unwrap_or_default();
            extension == "rlib" || extension == std::env::consts::DLL_EXTENSION
        };
        if let (true, Some(file)) = (CRATES.contains(&name.as_str()), files.iter().find(library)) {
            arguments.push(format!("--extern={name}={}", file.display()));
        }
    }
    arguments.extend(directories.iter().map(|directory| format!("-Ldependency={}", directory.display())));
    assert!(arguments.len() > CRATES.len(), "not every crate was built: {arguments:?}");
    arguments
}
