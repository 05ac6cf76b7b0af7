//! What expansions of `#[traced]`, `attrs!` and `event!` call. Not public API: only the macro crate of the same version
//! may name it.
//!
//! Expansions are short because everything that does not depend on the user's types is here, or further down.

use crate::local;
use crate::process::enabled::ENABLED;
use crate::span::parent_and_link::{AsLink, AsParent};
use crate::tracer::context::Context;
use crate::tracer::registry;

pub use std::borrow::Cow;
pub use std::boxed::Box;
pub use std::string::ToString;
pub use std::vec::Vec;

pub use super::applied::applied;
pub use super::failure::{
    NO_FAILURE, debug_failure, display_failure, end, fail, failure_when, failure_with, watch, with_backtrace,
    without_event,
};
pub use super::future::InSpan;
pub use super::futures::{
    Never, boxed, by, future, future_by, hint, in_span, in_span_by, in_span_forever, named, pinned, stream, stream_by,
    unboxed,
};
pub use super::outcome_by_type::{Unread, ends};
pub use super::said::said;
pub use super::stream::StreamInSpan;
pub use super::value::{argument, debug, display, value};
pub use crate::__rt::probe::probe;
pub use crate::local::current::{EventAttributes, is_recording, set};
pub use crate::local::frame::Cancel;
pub use crate::local::guard::{Entered, enter};
pub use crate::local::pending::{Pending, Polled, start};
pub use crate::local::start::{Root, SampleHint, Start, StartOptions};
pub use crate::model::outcome::{EndsByOutcome, Failure, Outcome};
pub use crate::model::span_error::{SpanError, is_http_failure};
pub use crate::model::span_kind::SpanKind;
pub use crate::model::value::KeyValue;
pub use crate::wire::metric::Metric;
pub use crate::wire::site::{Literal, Location, Own, Scope, Site};

/// What a redacted value is recorded as.
pub const REDACTED: &str = "[redacted]";

/// Runs a body, whose result is looked at afterwards.
#[inline(always)]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Records what a span starts with; only called when it records.
type Fill<'a> = &'a mut dyn FnMut(&mut Start<'_>);

/// [`enter`], and what the span starts with.
#[inline]
pub fn enter_with(site: &'static Site, fill: Fill<'_>) -> Entered {
    local::guard::enter_with(site, fill)
}

/// The same with options, which are only made when there may be a span.
#[inline]
pub fn enter_as(site: &'static Site, options: impl FnOnce(&mut StartOptions), fill: Fill<'_>) -> Entered {
    local::guard::enter_as(site, made(site, options), fill)
}

/// [`start`], and what the span starts with.
#[inline]
pub fn start_with(site: &'static Site, fill: Fill<'_>) -> Pending {
    local::pending::start_with(site, fill)
}

/// The same with options, which are only made when there may be a span.
#[inline]
pub fn start_as(site: &'static Site, options: impl FnOnce(&mut StartOptions), fill: Fill<'_>) -> Pending {
    local::pending::start_as(site, made(site, options), fill)
}

/// The same with a parent, which is passed on also where no span starts.
#[inline]
pub fn enter_under(site: &'static Site, options: impl FnOnce(&mut StartOptions), fill: Fill<'_>) -> Entered {
    local::guard::enter_as(site, made_always(options), fill)
}

/// The same for a span that is on no stack yet.
#[inline]
pub fn start_under(site: &'static Site, options: impl FnOnce(&mut StartOptions), fill: Fill<'_>) -> Pending {
    local::pending::start_as(site, made_always(options), fill)
}

fn made_always(make: impl FnOnce(&mut StartOptions)) -> StartOptions {
    let mut options = StartOptions::default();
    if ENABLED {
        make(&mut options);
    }
    options
}

fn made(site: &'static Site, make: impl FnOnce(&mut StartOptions)) -> StartOptions {
    let mut options = StartOptions::default();
    if registry::is_on(site) {
        make(&mut options);
    }
    options
}

/// Adds an event to the current span.
#[inline]
pub fn event(name: &str, fill: impl FnOnce(&mut EventAttributes<'_, '_>)) {
    let mut fill = Some(fill);
    local::current::event(name, &mut |attributes| {
        if let Some(fill) = fill.take() {
            fill(attributes);
        }
    });
}

/// The context of a parent.
pub fn parent(parent: &(impl AsParent + ?Sized)) -> Option<Context> {
    parent.as_parent()
}

/// What `root(..)` says.
pub const fn root(is_linked: bool, drops_baggage: bool) -> Root {
    match (is_linked, drops_baggage) {
        (false, false) => Root::New,
        (true, false) => Root::Linked,
        (false, true) => Root::NoBaggage,
        (true, true) => Root::LinkedNoBaggage,
    }
}

/// What `sample` says.
#[allow(clippy::unnecessary_wraps, reason = "it is assigned to an option")]
pub const fn sample(ratio: f64, force: bool) -> Option<SampleHint> {
    Some(SampleHint { ratio, force })
}

/// The share of spans that a condition samples.
pub const fn all_or_nothing(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

/// Links a span that starts to another one.
pub fn link(start: &mut Start<'_>, to: &(impl AsLink + ?Sized)) {
    let (context, attributes) = to.as_link();
    start.link(&context, attributes);
}

/// Links a span that starts to others.
pub fn link_all<L: AsLink>(start: &mut Start<'_>, to: impl IntoIterator<Item = L>) {
    to.into_iter().for_each(|one| link(start, &one));
}

/// Fails to compile when a key stands twice.
///
/// # Panics
///
/// At compile time, when a key is repeated.
pub const fn unique(keys: &[&str]) {
    let mut index = 0;
    while index < keys.len() {
        let mut other = 0;
        while other < index {
            assert!(
                !same(keys[index].as_bytes(), keys[other].as_bytes()),
                "two attributes have the same key: keep one of them"
            );
            other += 1;
        }
        index += 1;
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    a.len() == b.len()
}
