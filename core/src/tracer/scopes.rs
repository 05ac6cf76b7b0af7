//! Call sites of spans by hand, one for each instrumentation scope.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::process::diagnostics::warn_once;
use crate::process::fork::{PerProcess, per_process};
use crate::wire::site::{Own, Scope, Site};

/// How many scopes have a call site of their own.
const MAX_SCOPES: usize = 1_000;

/// That of all scopes that are one too many.
static OTHER_SCOPES: Site = Site::new("span", "\0traced.other_scopes");
static MERGED_SCOPES: AtomicU64 = AtomicU64::new(0);

/// A scope as its library names it.
#[derive(Clone, Copy)]
pub struct ScopeName<'a> {
    /// The library's name.
    pub name: &'a str,
    /// Its version; empty means none.
    pub version: &'a str,
    /// The schema of its attributes; empty means none.
    pub schema_url: &'a str,
}

/// The call site of spans by hand in one scope. Scopes are few; each is kept for good, up to a bound.
pub fn site_of(scope: ScopeName<'_>) -> &'static Site {
    let ScopeName { name, version, schema_url } = scope;
    static SCOPES: PerProcess<Mutex<Vec<&'static Site>>> = per_process!(Mutex::new(Vec::new()));
    if name.is_empty() {
        warn_once("empty scope name", || {
            "an instrumentation scope has no name; give it that of the library which the spans speak of".to_owned()
        });
    }
    let mut sites = SCOPES.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = |known: Scope| known.name == name && known.version == version && known.schema_url == schema_url;
    if let Some(site) = sites.iter().find(|site| is_same(site.scope())) {
        return site;
    }
    if sites.len() == MAX_SCOPES {
        drop(sites);
        return other_scopes();
    }
    let kept = |text: &str| -> &'static str { String::leak(text.to_owned()) };
    let scope = Scope { name: kept(name), version: kept(version), schema_url: kept(schema_url) };
    let own = Box::leak(Box::new(Own { scope: Some(scope), ..Own::default() }));
    let site = Box::leak(Box::new(Site::new("span", "").own(own)));
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
pub fn merged() -> u64 {
    MERGED_SCOPES.load(Ordering::Relaxed)
}
