//! All call sites that were entered, and what each of them is to do.
//!
//! A site may be entered for the first time by the program's allocator, so nothing is allocated while the registry is
//! locked: sites are a list through themselves.

use std::iter::successors;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::filter::{self, FilterError};
use super::provider::{self, Provider};
use crate::process::diagnostics::warn;
use crate::process::fork::{self, PerProcess, per_process};
use crate::wire::site::{Place, Site, state};

static SITES: PerProcess<Mutex<Sites>> = per_process!(Mutex::new(Sites { last: None, count: 0 }));

/// The sites that were entered, as a list from the last one on.
#[derive(Clone, Copy)]
struct Sites {
    last: Option<&'static Site>,
    count: u32,
}

impl Sites {
    fn locked() -> MutexGuard<'static, Self> {
        SITES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn iter(self) -> impl Iterator<Item = &'static Site> {
        successors(self.last, |site| site.previous())
    }
}

/// Registers a site that was entered for the first time, and settles its state.
#[cold]
fn register(site: &'static Site) -> u32 {
    let mut sites = Sites::locked();
    if site.index() == 0 {
        site.number(sites.count + 1, sites.last);
        *sites = Sites { last: Some(site), count: sites.count + 1 };
    }
    // Under the lock, so that a site which is registered while the others are settled is not missed.
    let settled = settled_state(site);
    site.set_state(settled);
    drop(sites);
    if ENDED_UNUSED.load(Ordering::Relaxed) {
        warn_of_early_end(site);
    }
    settled
}

/// Whether recording was switched off before anything had been entered.
static ENDED_UNUSED: AtomicBool = AtomicBool::new(false);

#[cold]
fn warn_of_early_end(site: &Site) {
    if ENDED_UNUSED.swap(false, Ordering::Relaxed) {
        warn(format_args!(
            "`{}` is entered, but nothing is recorded any more: the guard of `init` was dropped before the first span. \
             Hold it until the end of `main`: `let _traced = traced::init()?;`, since `let _ = ..` drops it at once",
            site.name
        ));
    }
}

/// Whether a site is on, registering it when it is new.
#[inline]
pub(crate) fn is_on(site: &'static Site) -> bool {
    match site.state() {
        state::UNKNOWN => register(site) != state::OFF,
        settled => settled != state::OFF,
    }
}

/// Settles the state of every known site anew: after providers came or went, or the filter changed.
fn settle() {
    let sites = Sites::locked();
    sites.iter().for_each(|site| site.set_state(settled_state(site)));
}

fn settled_state(site: &Site) -> u32 {
    if !(provider::is_any_active() && filter::allows(site)) {
        return state::OFF;
    }
    if IS_BRIDGED.load(Ordering::Relaxed) || provider::has_one_ended() {
        return state::ASKING;
    }
    state::ON
}

/// Installs or removes the default provider.
pub fn set_default_provider(provider: Option<&'static Provider>) {
    ENDED_UNUSED.store(provider.is_none() && Sites::locked().count == 0, Ordering::Relaxed);
    provider::set_default(provider);
    settle();
}

/// Counts a provider that some threads use instead of the default one.
pub fn add_capture() {
    provider::add_capture();
    settle();
}

/// Undoes [`add_capture`].
pub fn remove_capture() {
    provider::remove_capture();
    settle();
}

/// Switches annotated functions off and on, from now on: `my_crate::db=off,noisy_function=off`.
///
/// A target is a module path (and all below it), the path of a function, or the bare name of a function or span. The
/// last rule that applies wins; functions that none applies to are on. A function that is off costs one relaxed load
/// and starts no span; what it calls becomes the child of its caller. An empty filter switches everything on.
///
/// The same as the environment variable `TRACED_FILTER`, which `init` reads.
///
/// # Errors
///
/// When a rule is not understood; then nothing changes.
///
/// ```
/// traced::set_filter("my_crate::db=off,health_check=off")?;
/// traced::set_filter("")?;
/// # Ok::<(), traced::FilterError>(())
/// ```
pub fn set_filter(filter: &str) -> Result<(), FilterError> {
    filter::set(filter)?;
    settle();
    Ok(())
}

static IS_BRIDGED: AtomicBool = AtomicBool::new(false);

/// From here on another library's contexts are asked, too.
pub(crate) fn bridge() {
    IS_BRIDGED.store(true, Ordering::Relaxed);
    settle();
}

/// Goes on to a forked process's own registry, which starts as a copy. Says whether it could be copied: not in the rare
/// case that another thread of the parent was entering a function for the first time.
pub fn inherit() -> bool {
    let parents = SITES.try_lock().map(|sites| *sites);
    let rules = filter::carry();
    fork::next_process();
    rules();
    let is_copied = parents.is_ok();
    if let Ok(parents) = parents {
        *Sites::locked() = parents;
    }
    is_copied
}

/// The program's `main`, if it is annotated and was entered.
pub fn entered_main() -> Option<&'static Site> {
    let sites = *Sites::locked();
    sites.iter().find(|site| site.place().function == "main")
}

/// How many sites were entered so far, and how many of them had a span that reached an exporter.
pub fn counts() -> (usize, usize) {
    let sites = *Sites::locked();
    (sites.count as usize, sites.iter().filter(|site| site.is_encoded()).count())
}

/// The sites that were entered and of which no span has reached an exporter.
pub fn sites_without_spans() -> Vec<&'static Site> {
    let sites = *Sites::locked();
    sites.iter().filter(|site| !site.is_encoded()).collect()
}

/// A copy of the registry, so that looking sites up takes no lock.
#[derive(Debug, Default)]
pub struct SiteTable {
    seen: Vec<&'static Site>,
}

impl SiteTable {
    /// Learns of the sites that were registered since the last call.
    pub fn refresh(&mut self) {
        let sites = *Sites::locked();
        let known = self.seen.len();
        self.seen.extend(sites.iter().take(sites.count as usize - known));
        self.seen[known..].reverse();
    }

    /// Where the site of an index is.
    #[must_use]
    pub fn describe(&self, index: u32) -> Option<(&'static str, Place)> {
        Some(self.get(index)?.described())
    }

    /// The site that a record names.
    pub(crate) fn get(&self, index: u32) -> Option<&'static Site> {
        self.seen.get((index as usize).checked_sub(1)?).copied()
    }
}
