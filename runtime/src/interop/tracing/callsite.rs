//! What is known of the call sites of `tracing`. Kept for good, as `tracing` keeps its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread::LocalKey;

use tracing_core::Metadata;

use super::event_site::EventSite;
use super::fields::are_unique;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::hasher::MixedWords;
use traced_core::__runtime::per_process;
use traced_core::__runtime::site::Location;
use traced_core::__runtime::site::Site;

/// A call site of spans.
pub(super) struct SpanSite {
    pub(super) site: &'static Site,
    /// Whether its spans may have the field `otel.kind`.
    pub(super) has_kind: bool,
    pub(super) has_fields: bool,
    /// Whether its fields are attributes and nothing else, with keys that nothing else has.
    pub(super) is_plain: bool,
}

/// By the address of their metadata.
type Known<T> = HashMap<usize, &'static T, MixedWords>;
type OfProcess<T> = PerProcess<Mutex<Option<Known<T>>>>;
type OfThread<T> = LocalKey<RefCell<Known<T>>>;

static SPANS: OfProcess<SpanSite> = per_process!(Mutex::new(None));
static EVENTS: OfProcess<EventSite> = per_process!(Mutex::new(None));

thread_local! {
    /// Those that this thread has met, so that a span takes no lock.
    static MET_SPANS: RefCell<Known<SpanSite>> = RefCell::default();
    static MET_EVENTS: RefCell<Known<EventSite>> = RefCell::default();
}

/// The call site of spans with this metadata.
#[inline]
pub(super) fn of_span(metadata: &'static Metadata<'static>, has_location: bool) -> &'static SpanSite {
    // Metadata are aligned, so the lowest bit is free.
    let key = address(metadata) | usize::from(has_location);
    met(&MET_SPANS, key).unwrap_or_else(|| meet(&MET_SPANS, &SPANS, key, || SpanSite::new(metadata, has_location)))
}

/// The call site of events with this metadata.
#[inline]
pub(super) fn of_event(metadata: &'static Metadata<'static>) -> &'static EventSite {
    let key = address(metadata);
    met(&MET_EVENTS, key).unwrap_or_else(|| meet(&MET_EVENTS, &EVENTS, key, || EventSite::new(metadata)))
}

fn address(metadata: &'static Metadata<'static>) -> usize {
    std::ptr::from_ref(metadata).addr()
}

#[inline]
fn met<T>(met: &'static OfThread<T>, key: usize) -> Option<&'static T> {
    met.try_with(|met| met.try_borrow().ok()?.get(&key).copied()).ok().flatten()
}

#[cold]
fn meet<T>(met: &'static OfThread<T>, all: &'static OfProcess<T>, key: usize, new: impl FnOnce() -> T) -> &'static T {
    let mut known = all.lock().unwrap_or_else(PoisonError::into_inner);
    let callsite: &'static T = known.get_or_insert_default().entry(key).or_insert_with(|| Box::leak(Box::new(new())));
    drop(known);
    // A thread past its end has nothing to remember it in.
    let _ = met.try_with(|met| met.try_borrow_mut().map(|mut met| met.insert(key, callsite)).ok());
    callsite
}

impl SpanSite {
    fn new(metadata: &'static Metadata<'static>, has_location: bool) -> Self {
        let module = metadata.module_path().unwrap_or(metadata.target());
        let file = metadata.file().unwrap_or_default();
        let is_located = has_location && metadata.file().is_some() && metadata.line().is_some();
        let source = String::leak(format!("{module}\0{}\0\0{file}", metadata.target()));
        let location = if is_located { Location::Place } else { Location::Off };
        let site = Site::new(metadata.name(), source).line(metadata.line().unwrap_or(0)).location(location);
        Self {
            site: Box::leak(Box::new(site)),
            has_kind: metadata.fields().field("otel.kind").is_some(),
            has_fields: !metadata.fields().is_empty(),
            is_plain: are_unique(metadata, &[], &["otel.", "code."]),
        }
    }
}
