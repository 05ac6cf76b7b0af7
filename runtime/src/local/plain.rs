//! Starts at which nothing has to be asked: the child of a local span under a sampler that follows local parents, and a
//! root under the default sampler. Everything else goes through [`super::start`].

#[cfg(feature = "opentelemetry")]
use super::bridge;
use super::frame::{Frame, Mode, Policy};
use super::stack::Sources;
use super::start::{Fill, Start};
use super::{Local, with_local};
use crate::id::{SpanId, TraceFlags};
use crate::site::Site;
use crate::wire::record::Bits;

/// Makes `next` a new span under `top`. `None`, and nothing has happened, when something has to be asked.
#[inline(always)]
pub(crate) fn begin(
    local: &Local,
    top: Option<&Frame>,
    next: &mut Frame,
    site: &'static Site,
    sources: &mut Sources<'_>,
) -> Option<u64> {
    #[cfg(feature = "opentelemetry")]
    if bridge::is_installed() && !bridge::is_plain(top, next, site.kind) {
        return None;
    }
    match top {
        Some(parent) => begin_child(parent, next, site, sources),
        None => begin_root(local, next, site, sources),
    }
}

/// The same with a frame that is on no stack.
#[inline]
pub(crate) fn frame(local: &Local, site: &'static Site) -> Option<Box<Frame>> {
    local.with_stack(|stack| {
        let (top, next, mut sources) = stack.top_and_next()?;
        begin(local, top, next, site, &mut sources)?;
        Some(stack.take_next())
    })?
}

/// Records what a span starts with, if it records. Runs the user's code: nothing may be borrowed.
#[inline]
pub(crate) fn fill(frame: &mut Frame, fill: Fill<'_>) {
    if let (Mode::Recording, Some(site), Some(provider)) = (frame.mode, frame.identity.site, frame.identity.provider) {
        let unless_it_panics = NotStarted;
        fill(&mut Start::new(&mut frame.fields, site, &provider.limits));
        std::mem::forget(unless_it_panics);
    }
}

/// Takes a span back whose first attributes panicked: it was counted, and will not end.
struct NotStarted;

impl Drop for NotStarted {
    #[cold]
    fn drop(&mut self) {
        with_local(|local| local.with_stack(|stack| stack.writer().counters().started.decrement()));
    }
}

#[inline(always)]
fn begin_child(parent: &Frame, child: &mut Frame, site: &'static Site, sources: &mut Sources<'_>) -> Option<u64> {
    let provider = parent.identity.provider.filter(|provider| provider.is_plain)?;
    let is_recording = parent.is_recording();
    if !is_recording && parent.mode != Mode::Unsampled {
        return None;
    }
    let (from, to) = (&parent.identity, &mut child.identity);
    to.trace_id = from.trace_id;
    to.parent_id = from.span_id;
    to.bits = from.bits.child(site.kind);
    to.offset = from.offset;
    to.provider = from.provider;
    to.site = Some(site);
    if from.has_extras() {
        to.trace_state = from.trace_state.clone();
        to.extras = from.extras.clone();
    }
    let span_id = sources.ids.span_id();
    to.span_id = span_id;
    if !is_recording {
        child.mode = Mode::Unsampled;
        sources.writer.counters().unsampled.increment();
    } else {
        child.mode = Mode::Recording;
        child.policy = Policy::default();
        child.fields.begin(site, &provider.limits);
        sources.writer.counters().started.increment();
        child.identity.start = provider.timebase.ticks();
    }
    Some(span_id.to_u64())
}

#[inline]
fn begin_root(local: &Local, root: &mut Frame, site: &'static Site, sources: &mut Sources<'_>) -> Option<u64> {
    let provider = local.default_provider().filter(|provider| provider.is_plain && provider.sampler.is_none())?;
    let to = &mut root.identity;
    to.trace_id = sources.ids.trace_id();
    to.parent_id = SpanId::INVALID;
    to.bits = Bits::of_span(TraceFlags::SAMPLED.with_random(true), site.kind);
    to.offset = provider.timebase.offset();
    to.provider = Some(provider);
    to.site = Some(site);
    let span_id = sources.ids.span_id();
    to.span_id = span_id;
    root.mode = Mode::Recording;
    root.policy = Policy::default();
    root.fields.begin(site, &provider.limits);
    sources.writer.counters().started.increment();
    root.identity.start = provider.timebase.ticks();
    Some(span_id.to_u64())
}
