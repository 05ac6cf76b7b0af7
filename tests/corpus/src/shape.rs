//! Shape files, and what each mode makes of their markers.

use std::fs;
use std::path::Path;

/// What stands in the place of the markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Nothing.
    Bare,
    /// The attribute alone, on every function.
    Plain,
    /// The attribute with `ret`.
    Ret,
    /// The attribute with `args`.
    Args,
    /// The attribute on the enclosing `impl` or `trait`.
    Impl,
    /// The attribute on the enclosing inline module.
    Mod,
}

impl Mode {
    /// Every mode that annotates.
    pub const ANNOTATED: [Self; 5] = [Self::Plain, Self::Ret, Self::Args, Self::Impl, Self::Mod];

    /// Its name in directives and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Plain => "plain",
            Self::Ret => "ret",
            Self::Args => "args",
            Self::Impl => "impl",
            Self::Mod => "mod",
        }
    }

    /// The attribute on a function whose marker has the options `options`.
    fn attribute(self, options: &str) -> String {
        let own = match self {
            Self::Bare | Self::Impl | Self::Mod => return String::new(),
            Self::Plain => "",
            Self::Ret => "ret",
            Self::Args => "args",
        };
        let comma = if options.is_empty() || own.is_empty() { "" } else { ", " };
        let list = format!("{options}{comma}{own}");
        if list.is_empty() { String::from("::traced::traced") } else { format!("::traced::traced({list})") }
    }
}

/// A language edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// 2021.
    E2021,
    /// 2024.
    E2024,
}

impl Edition {
    /// Both.
    pub const ALL: [Self; 2] = [Self::E2021, Self::E2024];

    /// As the compiler spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::E2021 => "2021",
            Self::E2024 => "2024",
        }
    }
}

/// One shape file.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The file's stem, such as `12_never`.
    pub name: String,
    source: String,
    directives: Vec<(String, String)>,
}

impl Shape {
    /// Every shape in `directory`, by name.
    ///
    /// # Panics
    /// When the directory or a file in it can't be read: the test has nothing to do then.
    pub fn load_all(directory: &Path) -> Vec<Self> {
        let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        let mut shapes: Vec<Self> = entries
            .map(|entry| entry.expect("an entry of the directory").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| Self::load(&path))
            .collect();
        shapes.sort_by(|left, right| left.name.cmp(&right.name));
        assert!(!shapes.is_empty(), "no shapes in {}", directory.display());
        shapes
    }

    fn load(path: &Path) -> Self {
        let source = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        let directives = source
            .lines()
            .filter_map(|line| line.strip_prefix("//@"))
            .map(|line| line.split_once(':').unwrap_or((line, "")))
            .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
            .collect();
        Self { name, source, directives }
    }

    fn directive(&self, key: &str) -> Option<&str> {
        self.directives.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Whether it is compiled in this mode and edition.
    pub fn runs_in(&self, mode: Mode, edition: Edition) -> bool {
        let listed = |key, name| self.directive(key).is_none_or(|list| list.split(' ').any(|word| word == name));
        let unspanned = matches!(mode, Mode::Impl) && !self.source.contains("#[shape_impl]");
        let expected_error = matches!(mode, Mode::Impl | Mode::Mod) && self.error().is_some();
        listed("editions", edition.name())
            && (mode == Mode::Bare || listed("modes", mode.name()))
            && !unspanned
            && !expected_error
    }

    /// The attribute of the crate it needs.
    pub fn crate_attribute(&self) -> Option<&str> {
        self.directive("crate")
    }

    /// Whether it needs a crate of its own.
    pub fn is_solo(&self) -> bool {
        ["solo", "crate", "error", "bare-errors"].iter().any(|key| self.directive(key).is_some())
    }

    /// The word in the one error of a shape that can't be spanned.
    pub fn error(&self) -> Option<&str> {
        self.directive("error")
    }

    /// The lints that the bare code sets off, by name.
    pub fn fires(&self) -> impl Iterator<Item = &str> {
        self.directive("fires").unwrap_or_default().split_whitespace()
    }

    /// Whether the bare code is expected to compile without a diagnostic.
    pub fn is_clean(&self) -> bool {
        ["fires", "bare-errors", "crate"].iter().all(|key| self.directive(key).is_none())
    }

    /// Whether its errors may read differently, as long as they are at the same place.
    pub fn is_reworded(&self) -> bool {
        self.directive("reworded").is_some()
    }

    /// The numbers of errors that may be there more often in annotated code, and of those that may be missing.
    pub fn tolerated(&self, mode: Mode) -> (Vec<&str>, Vec<&str>) {
        let list = |key: &str| self.directive(key).unwrap_or_default().split_whitespace().collect::<Vec<_>>();
        ([list("also"), list(&format!("also-{}", mode.name()))].concat(), list("hides"))
    }

    /// The lines of the markers on functions, counted from 1.
    pub fn marker_lines(&self) -> Vec<usize> {
        let marked =
            |line: &str| line.trim_start().starts_with("#[shape]") || line.trim_start().starts_with("#[shape(");
        self.source.lines().enumerate().filter(|(_, line)| marked(line)).map(|(index, _)| index + 1).collect()
    }

    /// The source in one mode, wrapped in an inline module; every line keeps its number.
    pub fn render(&self, mode: Mode) -> String {
        let module = if mode == Mode::Mod { "#[::traced::traced] " } else { "" };
        let mut out = format!("{module}pub mod shape {{ ");
        for line in self.source.lines() {
            out.push_str(&render_line(line, mode));
            out.push('\n');
        }
        out.push_str("}\n");
        out
    }
}

/// What stands where a marker becomes nothing: clippy has lints about empty lines below documentation.
const NOTHING: &str = "/* nothing */";

/// One line with its marker replaced.
fn render_line(line: &str, mode: Mode) -> String {
    if mode == Mode::Bare && line.ends_with("//@ annotated") {
        return String::from(NOTHING);
    }
    let trimmed = line.trim_start();
    let indent = &line[..line.len() - trimmed.len()];
    let attribute = match trimmed {
        "#[shape]" => mode.attribute(""),
        "#[shape_without_ret]" if mode == Mode::Ret => Mode::Plain.attribute(""),
        "#[shape_without_ret]" => mode.attribute(""),
        "#[shape_impl]" if mode == Mode::Impl => String::from("::traced::traced"),
        "#[shape_impl]" => String::new(),
        "#[cfg_attr(all(), shape)]" => match mode.attribute("") {
            path if path.is_empty() => path,
            path => format!("cfg_attr(all(), {path})"),
        },
        _ => match trimmed.strip_prefix("#[shape(").and_then(|rest| rest.strip_suffix(")]")) {
            Some(options) => mode.attribute(options),
            None => return line.to_owned(),
        },
    };
    if attribute.is_empty() { format!("{indent}{NOTHING}") } else { format!("{indent}#[{attribute}]") }
}
