//! A call site: what all spans of one annotated function share.

use std::ops::Range;
#[cfg(feature = "opentelemetry")]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use crate::model::span_kind::SpanKind;
use crate::model::value::Value;
use crate::process::diagnostics::warn_once;
use crate::process::enabled::ENABLED;
use crate::process::fork::{self, PerProcess};
use crate::tracer::filter;
use crate::tracer::provider;
use crate::wire::fields::KeySet;
use crate::wire::stitch::EncodedSite;

/// A literal attribute of a call site.
#[derive(Clone, Copy, PartialEq, Debug)]
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
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Scope {
    /// The scope's name.
    pub name: &'static str,
    /// The scope's version; empty means none.
    pub version: &'static str,
    /// The schema URL of the attributes; empty means none.
    pub schema_url: &'static str,
}

/// Where in the source a call site is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) module: &'static str,
    pub(crate) function: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

/// The static part of a span, one for each annotated function.
#[derive(Debug)]
pub struct Site {
    pub(crate) name: &'static str,
    pub(crate) kind: SpanKind,
    pub(crate) place: Place,
    pub(crate) scope: Scope,
    pub(crate) literals: &'static [(&'static str, Literal)],
    pub(crate) location: Location,
    state: AtomicU32,
    index: AtomicU32,
    /// Which keys the static attributes have, as a [`KeySet`].
    keys: AtomicU64,
    encoded: OnceLock<EncodedSite>,
}

/// What the inlined check sees.
pub(crate) mod state {
    /// Never entered: the slow path registers the site.
    pub(crate) const UNKNOWN: u32 = 0;
    /// Nothing can record, or a filter switched the site off.
    pub(crate) const OFF: u32 = 1;
    /// Some pipeline may record it.
    pub(crate) const ON: u32 = 2;
    /// The same, and OpenTelemetry's contexts are to be asked, too. A state of its own, so that it costs nothing where
    /// they are not.
    #[cfg(feature = "opentelemetry")]
    pub(crate) const BRIDGED: u32 = 3;
}

impl Site {
    /// A site named after its function. `module`, `file` and `line` say where it is; `package` and `version` are its
    /// instrumentation scope.
    #[must_use]
    pub const fn new(
        name: &'static str,
        [module, function, file]: [&'static str; 3],
        line: u32,
        package: Option<&'static str>,
        version: Option<&'static str>,
    ) -> Self {
        Self {
            name,
            kind: SpanKind::Internal,
            place: Place { module, function, file, line },
            scope: Scope {
                name: match package {
                    Some(name) => name,
                    None => module,
                },
                version: match version {
                    Some(version) => version,
                    None => "",
                },
                schema_url: "",
            },
            literals: &[],
            location: Location::Function,
            state: AtomicU32::new(state::UNKNOWN),
            index: AtomicU32::new(0),
            keys: AtomicU64::new(0),
            encoded: OnceLock::new(),
        }
    }

    /// The same for an expansion, which stands where it is called. Of few arguments and nothing generic: all that stands in
    /// the static costs compiling each annotated function.
    #[must_use]
    #[track_caller]
    pub const fn here(name: &'static str, [module, function, package, version]: [&'static str; 4]) -> Self {
        let caller = std::panic::Location::caller();
        let package = if package.is_empty() { None } else { Some(package) };
        Self::new(name, [module, function, caller.file()], caller.line(), package, Some(version))
    }

    /// The same with another kind.
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with literal attributes, whose keys are unique; at most 29 of them.
    #[must_use]
    pub const fn literals(mut self, literals: &'static [(&'static str, Literal)]) -> Self {
        self.literals = literals;
        self
    }

    /// The same with another scope name, and no version.
    #[must_use]
    pub const fn scope(mut self, name: &'static str) -> Self {
        self.scope = Scope { name, version: "", schema_url: "" };
        self
    }

    /// The same in another scope.
    pub(crate) const fn in_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The same with other `code.*` attributes.
    #[must_use]
    pub const fn location(mut self, location: Location) -> Self {
        self.location = location;
        self
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

    /// How many static attributes there are.
    #[inline]
    pub(crate) const fn attribute_count(&self) -> u32 {
        self.literals.len() as u32 + self.location as u32
    }

    /// The keys of the static attributes, in the order of the mask's bits.
    pub(crate) fn static_keys(&self) -> impl Iterator<Item = &'static str> {
        let place = &["code.function.name", "code.file.path", "code.line.number"][self.place_range()];
        self.literals.iter().map(|(key, _)| *key).chain(place.iter().copied())
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

    /// The static attributes, in the order of the mask's bits.
    pub(crate) fn static_attributes(&self) -> Vec<(&'static str, Value)> {
        let Place { module, function, file, line } = self.place;
        let place = [Value::from(format!("{module}::{function}")), Value::from(file), Value::from(line)];
        let literals = self.literals.iter().map(|(_, value)| Value::from(*value));
        self.static_keys().zip(literals.chain(place[self.place_range()].iter().cloned())).collect()
    }

    /// The encoded static fields.
    pub(crate) fn encoded(&self) -> &EncodedSite {
        self.encoded.get_or_init(|| EncodedSite::new(self))
    }
}

/// All sites that were entered. A site's index is its place here plus one.
static SITES: PerProcess<RwLock<Vec<&'static Site>>> = PerProcess::new([const { RwLock::new(Vec::new()) }; _]);

/// Held while sites are registered or settled, so that none is missed in between.
static SETTLING: PerProcess<Mutex<()>> = PerProcess::new([const { Mutex::new(()) }; _]);

/// Registers a site that was entered for the first time, and settles its state.
#[cold]
pub(crate) fn register(site: &'static Site) -> u32 {
    let _settling = SETTLING.lock().unwrap_or_else(PoisonError::into_inner);
    if site.index() == 0 {
        let mut keys = KeySet::default();
        site.static_keys().for_each(|key| {
            keys.insert(key.as_bytes());
        });
        site.keys.store(keys.0, Ordering::Relaxed);
        let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
        sites.push(site);
        site.index.store(sites.len() as u32, Ordering::Relaxed);
    }
    let settled = settled_state(site);
    site.state.store(settled, Ordering::Relaxed);
    settled
}

/// Settles the state of every known site anew: after providers came or went, or the filter changed.
pub(crate) fn settle() {
    let _settling = SETTLING.lock().unwrap_or_else(PoisonError::into_inner);
    for site in SITES.read().unwrap_or_else(PoisonError::into_inner).iter() {
        site.state.store(settled_state(site), Ordering::Relaxed);
    }
}

fn settled_state(site: &Site) -> u32 {
    if !(provider::is_any_active() && filter::allows(site)) {
        return state::OFF;
    }
    #[cfg(feature = "opentelemetry")]
    if IS_BRIDGED.load(Ordering::Relaxed) {
        return state::BRIDGED;
    }
    state::ON
}

#[cfg(feature = "opentelemetry")]
static IS_BRIDGED: AtomicBool = AtomicBool::new(false);

/// From here on OpenTelemetry's contexts are asked, too.
#[cfg(feature = "opentelemetry")]
pub(crate) fn bridge() {
    IS_BRIDGED.store(true, Ordering::Relaxed);
    settle();
}

/// Goes on to a forked process's own registry, which starts as a copy. Says whether it could be copied: not in the rare
/// case that another thread of the parent was entering a function for the first time.
pub(crate) fn inherit() -> bool {
    let parents = SITES.try_read().map(|sites| sites.clone());
    fork::next_process();
    let is_copied = parents.is_ok();
    *SITES.write().unwrap_or_else(PoisonError::into_inner) = parents.unwrap_or_default();
    is_copied
}

/// How many scopes have a call site of their own.
const MAX_SCOPES: usize = 1_000;

/// That of all scopes that are one too many.
static OTHER_SCOPES: Site = Site::new("span", [""; 3], 0, Some("traced.other_scopes"), None).location(Location::Off);
static MERGED_SCOPES: AtomicU64 = AtomicU64::new(0);

/// The call site of spans by hand in one scope. Scopes are few; each is kept for good, up to a bound.
pub(crate) fn of_scope([name, version, schema_url]: [&str; 3]) -> &'static Site {
    static SCOPES: PerProcess<Mutex<Vec<&'static Site>>> = PerProcess::new([const { Mutex::new(Vec::new()) }; _]);
    if name.is_empty() {
        warn_once("empty scope name", || {
            "an instrumentation scope has no name; give it that of the library which the spans speak of".to_owned()
        });
    }
    let mut sites = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = |known: Scope| known.name == name && known.version == version && known.schema_url == schema_url;
    if let Some(site) = sites.iter().find(|site| is_same(site.scope)) {
        return site;
    }
    if sites.len() == MAX_SCOPES {
        drop(sites);
        return other_scopes();
    }
    let kept = |text: &str| -> &'static str { String::leak(text.to_owned()) };
    let scope = Scope { name: kept(name), version: kept(version), schema_url: kept(schema_url) };
    let site = Site::new("span", [""; 3], 0, None, None).in_scope(scope).location(Location::Off);
    let site = Box::leak(Box::new(site));
    sites.push(site);
    site
}

#[cold]
fn other_scopes() -> &'static Site {
    MERGED_SCOPES.fetch_add(1, Ordering::Relaxed);
    warn_once("too many scopes", || {
        format!(
            "there are more than {MAX_SCOPES} instrumentation scopes, which are kept for good: spans of further ones are \
             recorded as those of `traced.other_scopes`. A scope is the name of a library, not of a request"
        )
    });
    &OTHER_SCOPES
}

/// How often a scope was asked for that was one too many.
pub(crate) fn merged_scopes() -> u64 {
    MERGED_SCOPES.load(Ordering::Relaxed)
}

/// How many sites were entered so far, and how many of them had a span that reached an exporter.
pub(crate) fn counts() -> (usize, usize) {
    let sites = SITES.read().unwrap_or_else(PoisonError::into_inner);
    (sites.len(), sites.iter().filter(|site| site.encoded.get().is_some()).count())
}

/// A copy of the registry, so that looking sites up takes no lock.
#[derive(Debug, Default)]
pub(crate) struct SiteTable {
    seen: Vec<&'static Site>,
}

impl SiteTable {
    /// Learns of the sites that were registered since the last call.
    pub(crate) fn refresh(&mut self) {
        let sites = SITES.read().unwrap_or_else(PoisonError::into_inner);
        self.seen.extend_from_slice(sites.get(self.seen.len()..).unwrap_or_default());
    }

    /// The site that a record names.
    pub(crate) fn get(&self, index: u32) -> Option<&'static Site> {
        self.seen.get((index as usize).checked_sub(1)?).copied()
    }
}
