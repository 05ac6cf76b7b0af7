//! Starts at which nothing has to be asked: the child of a local span under a sampler that follows local parents, and a
//! root under the default sampler. Everything else goes through [`super::start`].

use super::foreign;
use super::frame::{Frame, Mode, Policy};
use super::identity::Identity;
use super::mirror;
use super::stack::{Sources, Stack};
use super::start::{Fill, Start};
use super::storage::{Local, with_local};
use crate::model::id::{SpanId, TraceFlags};
use crate::process::clock::Timebase;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;
use crate::wire::site::{Site, state};

/// Makes the frame behind the current one a new span under it, and returns the span's id. `None`, and nothing has
/// happened, when something has to be asked.
#[inline(always)]
pub(crate) fn begin(local: &Local, stack: &mut Stack, site: &'static Site) -> Option<u64> {
    if local.is_formatting() {
        return None;
    }
    let (top, next, sources) = match stack.top_and_next() {
        Some(parts) => parts,
        None => stack.top_and_new()?,
    };
    match top {
        Some(parent) if parent.has_bare_children() => Some(begin_child_of_plain_values(parent, next, site, sources)),
        Some(parent) => begin_child(parent, next, site, sources),
        None => begin_root(local, next, site, sources),
    }
}

/// The same with a frame that is on no stack; `None`, too, where the site is not on.
#[inline]
pub(crate) fn frame(local: &Local, site: &'static Site) -> Option<Box<Frame>> {
    match site.state() {
        state::ON => local.with_stack(|stack| begin(local, stack, site).map(|_| stack.take_next()))?,
        state::ASKING => frame_asking(local, site),
        _ => None,
    }
}

#[cold]
#[inline(never)]
fn frame_asking(local: &Local, site: &'static Site) -> Option<Box<Frame>> {
    local.with_stack(|stack| {
        let (top, next, _) = stack.top_and_next()?;
        let is_plain = !mirror::is_installed() && !has_ended_provider(top) && foreign::is_under(top, next);
        let begun = if is_plain { begin(local, stack, site) } else { None };
        begun.map(|_| stack.take_next())
    })?
}

/// A frame that is on no stack, under the caller's span: a remote one, where the default sampler decides by its flags.
/// `None`, and the context is still there, when something has to be asked.
#[inline]
pub(crate) fn frame_under_caller(
    local: &Local,
    site: &'static Site,
    caller: &mut Option<Context>,
) -> Option<Box<Frame>> {
    let provider = follows_caller(local, site, caller.as_ref()?)?;
    let mut frame = local.with_stack(|stack| {
        let is_suppressed = stack.top().is_some_and(|top| top.mode == Mode::Suppressed);
        if is_suppressed { None } else { Some(stack.take_frame()) }
    })??;
    let Context { span, extras, origin, .. } = caller.take()?;
    let is_sampled = span.is_sampled();
    let to = &mut frame.identity;
    to.trace_id = span.trace_id;
    to.parent_id = span.span_id;
    let flags = TraceFlags::NONE.with_random(span.flags.is_random()).with_sampled(is_sampled);
    to.bits = provider.bits.of_span(flags, site.kind).with_remote_parent(true);
    to.offset = origin.offset.filter(|offset| *offset != 0).unwrap_or_else(|| Timebase::get().offset());
    to.provider = Some(provider);
    to.site = Some(site);
    to.trace_state = span.trace_state;
    to.extras = extras;
    local.with_stack(|stack| {
        let sources = stack.sources();
        if is_sampled {
            limit(&mut frame, site);
            record(&mut frame, sources);
        } else {
            frame.mode = Mode::Unsampled;
            frame.policy = Policy::default();
            sources.writer.counters().unsampled.increment();
            give_id(&mut frame, sources);
        }
    });
    Some(frame)
}

/// The provider of a span under a caller's, where only the caller's flags decide.
#[inline]
pub(crate) fn follows_caller(local: &Local, site: &'static Site, caller: &Context) -> Option<&'static Provider> {
    let is_callers = caller.span.is_valid() && caller.span.is_remote() && !caller.origin.is_suppressed;
    if !is_callers || site.state() != state::ON || local.is_formatting() {
        return None;
    }
    let own = caller.origin.provider.filter(|provider| provider.is_of_this_process());
    own.or_else(|| local.default_provider()).filter(|provider| provider.has_plain_roots)
}

/// Whether the parent is from before a shutdown: then its children are recorded by whom there is now.
fn has_ended_provider(parent: Option<&Frame>) -> bool {
    parent.and_then(|parent| parent.identity.provider).is_some_and(Provider::has_ended)
}

/// The same as [`begin`] where something is to be asked; `None`, too, where the frame attaches another library's context.
#[inline(never)]
pub(crate) fn begin_asking(local: &Local, stack: &mut Stack, site: &'static Site) -> Option<u64> {
    let (top, next, _) = stack.top_and_next()?;
    let is_unasked = !mirror::is_installed() && !has_ended_provider(top);
    let is_plain = is_unasked && foreign::is_under(top, next) && !foreign::attaches_child(top, site.kind);
    if is_plain { begin(local, stack, site) } else { None }
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

/// A recorded child to which nothing is handed down that is counted by reference.
#[inline(always)]
fn begin_child_of_plain_values(parent: &Frame, child: &mut Frame, site: &'static Site, sources: &mut Sources) -> u64 {
    inherit(&parent.identity, &mut child.identity, site);
    record(child, sources)
}

#[inline(never)]
fn begin_child(parent: &Frame, child: &mut Frame, site: &'static Site, sources: &mut Sources) -> Option<u64> {
    let is_recording = parent.is_recording();
    if !parent.identity.bits.is_plain() || !is_recording && parent.mode != Mode::Unsampled {
        return None;
    }
    let (from, to) = (&parent.identity, &mut child.identity);
    inherit(from, to, site);
    if from.has_extras() {
        to.trace_state = from.trace_state.clone();
        to.extras = from.extras.clone();
    }
    if is_recording {
        limit(child, site);
        return Some(record(child, sources));
    }
    child.mode = Mode::Unsampled;
    sources.writer.counters().unsampled.increment();
    Some(give_id(child, sources))
}

#[inline(never)]
fn begin_root(local: &Local, root: &mut Frame, site: &'static Site, sources: &mut Sources) -> Option<u64> {
    let provider = local.default_provider().filter(|provider| provider.has_plain_roots)?;
    let to = &mut root.identity;
    to.trace_id = sources.ids.trace_id();
    to.parent_id = SpanId::INVALID;
    to.bits = provider.bits.of_span(TraceFlags::SAMPLED.with_random(true), site.kind);
    to.offset = Timebase::get().offset();
    to.provider = Some(provider);
    to.site = Some(site);
    limit(root, site);
    Some(record(root, sources))
}

#[inline(always)]
fn inherit(from: &Identity, to: &mut Identity, site: &'static Site) {
    to.trace_id = from.trace_id;
    to.parent_id = from.span_id;
    to.bits = from.bits.child(site.kind);
    to.offset = from.offset;
    to.provider = from.provider;
    to.site = Some(site);
}

#[inline(always)]
fn record(frame: &mut Frame, sources: &mut Sources) -> u64 {
    frame.mode = Mode::Recording;
    frame.policy = Policy::default();
    sources.writer.counters().started.increment();
    let span_id = give_id(frame, sources);
    frame.identity.start = sources.ticker.ticks();
    span_id
}

#[inline]
fn limit(frame: &mut Frame, site: &Site) {
    if let Some(provider) = frame.identity.provider {
        frame.fields.begin(site, &provider.limits);
    }
}

#[inline(always)]
fn give_id(frame: &mut Frame, sources: &mut Sources) -> u64 {
    let span_id = sources.ids.span_id();
    frame.identity.span_id = span_id;
    span_id.to_u64()
}
