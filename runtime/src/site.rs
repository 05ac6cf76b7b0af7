//! A call site: what all spans of one annotated function share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use crate::kind::SpanKind;
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
    Off,
    /// `code.function.name`.
    Function,
    /// `code.function.name`, `code.file.path` and `code.line.number`.
    Full,
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
            encoded: OnceLock::new(),
        }
    }

    /// The same with another kind.
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with literal attributes, whose keys are unique.
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

    /// The same with other `code.*` attributes.
    #[must_use]
    pub const fn location(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// The one relaxed load that an annotated function costs when nothing records.
    #[inline]
    pub(crate) fn state(&self) -> u32 {
        self.state.load(Ordering::Relaxed)
    }

    /// The number by which records name this site.
    #[inline]
    pub(crate) fn index(&self) -> u32 {
        self.index.load(Ordering::Relaxed)
    }

    /// The encoded static fields.
    pub(crate) fn encoded(&self) -> &EncodedSite {
        self.encoded.get_or_init(|| EncodedSite::new(self))
    }
}

/// All sites that were entered. A site's index is its place here plus one.
static SITES: RwLock<Vec<&'static Site>> = RwLock::new(Vec::new());

/// Held while sites are registered or switched, so that none is missed in between.
static SWITCH: Mutex<fn(&Site) -> bool> = Mutex::new(|_| false);

/// Registers a site that was entered for the first time, and settles its state.
#[cold]
pub(crate) fn register(site: &'static Site) -> u32 {
    let is_on = SWITCH.lock().unwrap_or_else(PoisonError::into_inner);
    if site.index() == 0 {
        let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
        sites.push(site);
        site.index.store(sites.len() as u32, Ordering::Relaxed);
    }
    let settled = if is_on(site) { state::ON } else { state::OFF };
    site.state.store(settled, Ordering::Relaxed);
    settled
}

/// Settles the state of every known site anew, and of later ones, by `is_on`.
pub(crate) fn switch(is_on: fn(&Site) -> bool) {
    let mut current = SWITCH.lock().unwrap_or_else(PoisonError::into_inner);
    *current = is_on;
    for site in SITES.read().unwrap_or_else(PoisonError::into_inner).iter() {
        site.state.store(if is_on(site) { state::ON } else { state::OFF }, Ordering::Relaxed);
    }
}

/// How many sites were entered so far.
pub(crate) fn count() -> usize {
    SITES.read().unwrap_or_else(PoisonError::into_inner).len()
}

/// A view of the registry that looks sites up without a lock for those it has seen.
#[derive(Debug, Default)]
pub(crate) struct SiteTable {
    seen: Vec<&'static Site>,
}

impl SiteTable {
    /// The site that a record names.
    pub(crate) fn get(&mut self, index: u32) -> Option<&'static Site> {
        let place = (index as usize).checked_sub(1)?;
        if place >= self.seen.len() {
            let sites = SITES.read().unwrap_or_else(PoisonError::into_inner);
            self.seen.extend_from_slice(sites.get(self.seen.len()..)?);
        }
        self.seen.get(place).copied()
    }
}
