//! A call site of ours for each one of `tracing`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use tracing_core::Metadata;

use crate::fork::PerProcess;
use crate::site::{Location, Scope, Site};

/// What is known of a call site of `tracing`. Kept for good, as `tracing` keeps its own.
pub(super) struct Callsite {
    pub(super) site: &'static Site,
    /// Whether its spans may have the field `otel.kind`.
    pub(super) has_kind: bool,
}

type Known = HashMap<usize, &'static Callsite, BuildHasherDefault<AddressHasher>>;

/// All of them, by the address of their metadata.
static KNOWN: PerProcess<Mutex<Option<Known>>> = PerProcess::new([const { Mutex::new(None) }; _]);

thread_local! {
    /// Those that this thread has met, so that a span takes no lock.
    static MET: RefCell<Known> = RefCell::default();
}

/// Addresses differ enough as they are; the lowest bits are the same in all of them.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

/// The call site of spans with this metadata.
pub(super) fn of(metadata: &'static Metadata<'static>, has_location: bool) -> &'static Callsite {
    // Metadata are aligned, so the lowest bit is free.
    let key = std::ptr::from_ref(metadata).addr() | usize::from(has_location);
    let met = MET.try_with(|met| met.try_borrow().ok()?.get(&key).copied()).ok().flatten();
    met.unwrap_or_else(|| meet(key, metadata, has_location))
}

#[cold]
fn meet(key: usize, metadata: &'static Metadata<'static>, has_location: bool) -> &'static Callsite {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let callsite: &'static Callsite = known
        .get_or_insert_default()
        .entry(key)
        .or_insert_with(|| Box::leak(Box::new(Callsite::new(metadata, has_location))));
    drop(known);
    // A thread past its end has nothing to remember it in.
    let _ = MET.try_with(|met| met.try_borrow_mut().map(|mut met| met.insert(key, callsite)).ok());
    callsite
}

impl Callsite {
    fn new(metadata: &'static Metadata<'static>, has_location: bool) -> Self {
        let module = metadata.module_path().unwrap_or(metadata.target());
        let file = metadata.file().unwrap_or_default();
        let is_located = has_location && metadata.file().is_some() && metadata.line().is_some();
        let place = [module, metadata.name(), file];
        let location = if is_located { Location::Place } else { Location::Off };
        let site = Site::new(metadata.name(), place, metadata.line().unwrap_or(0), None, None)
            .in_scope(Scope { name: metadata.target(), version: "", schema_url: "" })
            .location(location);
        Self { site: Box::leak(Box::new(site)), has_kind: metadata.fields().field("otel.kind").is_some() }
    }
}
