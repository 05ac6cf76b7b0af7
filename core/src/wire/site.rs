//! A call site: what all spans of one annotated function share.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::encoded_site::EncodedSite;
use super::key_set::KeySet;
use super::metric::Metric;
use crate::model::span_kind::SpanKind;
use crate::model::value::Value;
use crate::process::enabled::ENABLED;

/// A literal attribute of a call site.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum Literal {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    Str(&'static str),
}

/// Which `code.*` attributes a call site's spans get.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// None.
    Off = 0,
    /// `code.function.name`.
    Function = 1,
    /// `code.file.path` and `code.line.number`.
    Place = 2,
    /// `code.function.name`, `code.file.path` and `code.line.number`.
    Full = 3,
}

impl Scope {
    /// A library by its name alone.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, version: "", schema_url: "" }
    }

    /// This one, in a version.
    #[must_use]
    pub const fn with_version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// This one, whose attributes follow the schema of this URL.
    #[must_use]
    pub const fn with_schema_url(self, schema_url: &'static str) -> Self {
        Self { schema_url, ..self }
    }
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(value),
            Literal::Int(value) => Self::Int(value),
            Literal::Double(value) => Self::Double(value),
            Literal::Str(value) => Self::from(value),
        }
    }
}

/// The instrumentation scope of a call site: by default the package that it is in.
///
/// ```
/// use traced::Scope;
///
/// const SCOPE: Scope = Scope::new("my-client").with_version(env!("CARGO_PKG_VERSION"));
/// assert_eq!((SCOPE.name, SCOPE.schema_url), ("my-client", ""));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Scope {
    /// The scope's name.
    pub name: &'static str,
    /// The scope's version; empty means none.
    pub version: &'static str,
    /// The schema URL of the attributes; empty means none.
    pub schema_url: &'static str,
}

/// The part of the semantic conventions that a library's spans follow.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Convention {
    /// None of these.
    #[default]
    None,
    /// HTTP.
    Http,
    /// Remote procedure calls, such as gRPC.
    Rpc,
    /// Databases.
    Database,
    /// Brokers of messages.
    Messaging,
}

/// Where in the source a call site is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The module.
    pub module: &'static str,
    /// The function.
    pub function: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line, from 1 on.
    pub line: u32,
}

/// What a call site has for itself, where it is not as most are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own {
    /// Its instrumentation scope, if that is not what its source says.
    pub scope: Option<Scope>,
    /// Its function, if its spans are not called as it is.
    pub function: Option<&'static str>,
    /// The attributes that all its spans have, whose keys are unique.
    pub literals: &'static [(&'static str, Literal)],
    /// What is measured of its spans.
    pub metric: Option<&'static Metric>,
}

const NOTHING_OF_ITS_OWN: &Own = &Own { scope: None, function: None, literals: &[], metric: None };

/// The static part of a span, one for each annotated function.
#[derive(Debug)]
pub struct Site {
    pub(crate) name: &'static str,
    /// Module, package, version and file, with a NUL between each two: the same text in a whole module, so that it is
    /// there once. In a program, the addresses of texts take more room than the texts.
    source: &'static str,
    own: Option<&'static Own>,
    /// Which keys the static attributes have, as a [`KeySet`].
    keys: AtomicU64,
    /// The site that was registered before this one.
    previous: OnceLock<&'static Site>,
    encoded: OnceLock<Box<EncodedSite>>,
    state: AtomicU32,
    index: AtomicU32,
    line: u32,
    pub(crate) kind: SpanKind,
    pub(crate) convention: Convention,
    location: Location,
    literal_count: u8,
}

/// What the inlined check sees.
pub(crate) mod state {
    /// Never entered: the slow path registers the site.
    pub(crate) const UNKNOWN: u32 = 0;
    /// Nothing can record, or a filter switched the site off.
    pub(crate) const OFF: u32 = 1;
    /// Some pipeline may record it.
    pub(crate) const ON: u32 = 2;
    /// The same, and something is to be asked at each start: another library's contexts, or whether the parent's provider
    /// is still the one. A state of its own, so that it costs nothing where neither is.
    pub(crate) const ASKING: u32 = 3;
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, .. } = self.place();
        if file.is_empty() { write!(f, "`{}`", self.name) } else { write!(f, "`{}` ({file}:{line})", self.name) }
    }
}

impl Site {
    /// A call site that no function stands for: of internal kind, without attributes. Its source is its module, the name of
    /// its scope, that one's version and its file, with a NUL between each two.
    #[must_use]
    pub const fn new(name: &'static str, source: &'static str) -> Self {
        Self {
            name,
            source,
            own: None,
            keys: AtomicU64::new(0),
            previous: OnceLock::new(),
            encoded: OnceLock::new(),
            state: AtomicU32::new(state::UNKNOWN),
            index: AtomicU32::new(0),
            line: 0,
            kind: SpanKind::Internal,
            convention: Convention::None,
            location: Location::Off,
            literal_count: 0,
        }
    }

    /// The call site of an expansion, which stands where this is called; its spans name their function. Of few arguments and
    /// nothing generic: all that stands in the static costs compiling each annotated function.
    #[must_use]
    #[track_caller]
    pub const fn here(name: &'static str, source: &'static str) -> Self {
        Self::new(name, source).line(std::panic::Location::caller().line()).location(Location::Function)
    }

    /// This call site in a line.
    #[must_use]
    pub const fn line(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    /// This call site with another kind.
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// This call site with other `code.*` attributes.
    #[must_use]
    pub const fn location(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// This call site with the spans of a convention.
    #[must_use]
    pub(crate) const fn convention(mut self, convention: Convention) -> Self {
        self.convention = convention;
        self
    }

    /// This call site with what it has for itself.
    ///
    /// # Panics
    ///
    /// At compile time, when there are more than 29 literal attributes: a bit of a word stands for each of them and for
    /// three of the location.
    #[must_use]
    pub const fn own(mut self, own: &'static Own) -> Self {
        assert!(own.literals.len() <= 29, "a call site has at most 29 literal attributes");
        self.literal_count = own.literals.len() as u8;
        self.own = Some(own);
        self
    }

    const fn has_for_itself(&self) -> &'static Own {
        match self.own {
            Some(own) => own,
            None => NOTHING_OF_ITS_OWN,
        }
    }

    /// What is measured of its spans.
    pub(crate) const fn metric(&self) -> Option<&'static Metric> {
        self.has_for_itself().metric
    }

    /// A part of the source.
    const fn part(&self, mut index: usize) -> &'static str {
        let mut rest = self.source;
        loop {
            let (part, behind) = until_nul(rest);
            if index == 0 {
                return part;
            }
            (index, rest) = (index - 1, behind);
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn place(&self) -> Place {
        let function = match self.has_for_itself().function {
            Some(function) => function,
            None => self.name,
        };
        Place { module: self.part(0), function, file: self.part(3), line: self.line }
    }

    /// The instrumentation scope of its spans. That of no Cargo is the module.
    pub(crate) const fn scope(&self) -> Scope {
        if let Some(scope) = self.has_for_itself().scope {
            return scope;
        }
        let name = self.part(1);
        if name.is_empty() {
            return Scope::new(self.part(0));
        }
        Scope::new(name).with_version(self.part(2))
    }

    /// The name of its spans, unless they have one each, and where it is.
    #[must_use]
    pub const fn described(&self) -> (&'static str, Place) {
        (self.name, self.place())
    }

    /// The one relaxed load that an annotated function costs when nothing records.
    #[inline]
    pub(crate) fn state(&self) -> u32 {
        if ENABLED { self.state.load(Ordering::Relaxed) } else { state::OFF }
    }

    /// The number by which records name this site.
    #[inline]
    pub(crate) fn index(&self) -> u32 {
        self.index.load(Ordering::Relaxed)
    }

    /// Which keys the static attributes have, as a [`KeySet`].
    #[inline]
    pub(crate) fn keys(&self) -> u64 {
        self.keys.load(Ordering::Relaxed)
    }

    /// Gives the site its number, behind the one that was registered before it.
    pub(crate) fn number(&self, index: u32, previous: Option<&'static Self>) {
        let mut keys = KeySet::default();
        self.static_keys().for_each(|key| {
            keys.insert(key.as_bytes());
        });
        self.keys.store(keys.0, Ordering::Relaxed);
        previous.map(|previous| self.previous.set(previous));
        self.index.store(index, Ordering::Relaxed);
    }

    /// The site that was registered before this one.
    pub(crate) fn previous(&self) -> Option<&'static Self> {
        self.previous.get().copied()
    }

    /// Sets what [`state`](Self::state) says.
    pub(crate) fn set_state(&self, state: u32) {
        self.state.store(state, Ordering::Relaxed);
    }

    /// Whether a span of this site was looked at by an exporter.
    pub(crate) fn is_encoded(&self) -> bool {
        self.encoded.get().is_some()
    }

    /// How many static attributes there are.
    #[inline]
    pub(crate) const fn attribute_count(&self) -> u32 {
        self.literal_count as u32 + self.location as u32
    }

    /// The keys of the static attributes, in the order of the mask's bits.
    pub(crate) fn static_keys(&self) -> impl Iterator<Item = &'static str> {
        let place = &["code.function.name", "code.file.path", "code.line.number"][self.place_range()];
        self.has_for_itself().literals.iter().map(|(key, _)| *key).chain(place.iter().copied())
    }

    /// Which of the three `code.*` attributes there are.
    fn place_range(&self) -> Range<usize> {
        match self.location {
            Location::Off => 0..0,
            Location::Function => 0..1,
            Location::Place => 1..3,
            Location::Full => 0..3,
        }
    }

    /// The path of the function that it stands in.
    pub(crate) fn function(&self) -> Option<String> {
        let Place { module, function, .. } = self.place();
        (!function.is_empty()).then(|| format!("{module}::{function}"))
    }

    /// Whether its spans name their function.
    pub(crate) fn has_function(&self) -> bool {
        self.place_range().start == 0 && self.location != Location::Off
    }

    /// The static attributes, in the order of the mask's bits.
    pub(crate) fn static_attributes(&self) -> Vec<(&'static str, Value)> {
        let Place { module, function, file, line } = self.place();
        let place = [Value::from(format!("{module}::{function}")), Value::from(file), Value::from(line)];
        let literals = self.has_for_itself().literals.iter().map(|(_, value)| Value::from(*value));
        self.static_keys().zip(literals.chain(place[self.place_range()].iter().cloned())).collect()
    }

    /// The encoded static fields.
    pub(crate) fn encoded(&self) -> &EncodedSite {
        self.encoded.get_or_init(|| Box::new(EncodedSite::new(self.name, self.static_attributes())))
    }
}

/// A text up to its first NUL, and what is behind that.
const fn until_nul(text: &str) -> (&str, &str) {
    let mut end = 0;
    while end < text.len() && text.as_bytes()[end] != 0 {
        end += 1;
    }
    let (part, rest) = text.split_at(end);
    if rest.is_empty() { (part, rest) } else { (part, rest.split_at(1).1) }
}
