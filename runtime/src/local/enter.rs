//! Synchronous spans: a frame on this thread's stack and the guard that ends it.

use std::marker::PhantomData;

use super::end::{self, Ending};
use super::frame::{Frame, Mode, Policy};
use super::start::{Fill, StartOptions, start};
use super::{Local, Stack, with_local, with_local_or_count};
use crate::ids::Ids;
use crate::outbox::Writer;
use crate::outcome::Outcome;
use crate::site::{self, Site, state};

/// The guard of a span on this thread's stack. Dropping it ends the span, without an outcome unless it panics.
#[must_use = "the span ends when this is dropped"]
#[derive(Debug)]
pub struct Entered {
    /// 0 when there is no span to end.
    span_id: u64,
    /// Where on the stack, and whether the thread was panicking already.
    place: Place,
    /// A guard belongs to its thread's stack.
    not_send: PhantomData<*const ()>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    index: u32,
    was_panicking: bool,
}

impl Entered {
    const NONE: Self = Self { span_id: 0, place: Place { index: 0, was_panicking: false }, not_send: PhantomData };

    /// Ends the span with what its body returned.
    #[inline]
    pub fn end(self, outcome: Outcome<'_>) {
        let guard = std::mem::ManuallyDrop::new(self);
        if guard.span_id != 0 {
            leave(guard.span_id, guard.place.index, Ending::Returned(outcome));
        }
    }

    /// Whether there is a span: recording or not.
    #[inline]
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.span_id != 0
    }
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        if self.span_id != 0 {
            drop_slowly(self.span_id, self.place);
        }
    }
}

#[inline(never)]
fn drop_slowly(span_id: u64, place: Place) {
    let is_unwinding = !place.was_panicking && std::thread::panicking();
    let ending = if is_unwinding { Ending::Panicked } else { Ending::Returned(Outcome::Success) };
    leave(span_id, place.index, ending);
}

/// Starts a span and makes it the current one.
#[inline]
pub fn enter(site: &'static Site) -> Entered {
    if site.state() == state::OFF { Entered::NONE } else { enter_slowly(site) }
}

/// Starts a span with more than a call site, and makes it the current one.
#[inline]
pub fn enter_with(site: &'static Site, options: StartOptions, fill: Fill<'_>) -> Entered {
    if site.state() == state::OFF { Entered::NONE } else { enter_generally(site, options, Some(fill)) }
}

/// Whether a site is on, registering it when it is new.
#[inline]
pub(crate) fn is_on(site: &'static Site) -> bool {
    match site.state() {
        state::ON => true,
        state::UNKNOWN => site::register(site) == state::ON,
        _ => false,
    }
}

#[inline(never)]
fn enter_slowly(site: &'static Site) -> Entered {
    if !is_on(site) {
        return Entered::NONE;
    }
    with_local(|local| local.with_stack(|stack| push_plain_child(stack, site)).flatten())
        .flatten()
        .unwrap_or_else(|| enter_generally(site, StartOptions::default(), None))
}

#[inline(never)]
fn enter_generally(site: &'static Site, options: StartOptions, fill: Option<Fill<'_>>) -> Entered {
    if !is_on(site) {
        return Entered::NONE;
    }
    let Some(frame) = start(site, options, fill) else { return Entered::NONE };
    with_local(|local| local.with_stack(|stack| push(stack, frame))).flatten().unwrap_or(Entered::NONE)
}

fn push(stack: &mut Stack, frame: Box<Frame>) -> Entered {
    let place = Place { index: stack.frames.len() as u32, was_panicking: std::thread::panicking() };
    let span_id = frame.identity.span_id.to_u64();
    stack.frames.push(frame);
    Entered { span_id, place, not_send: PhantomData }
}

/// The child of a local span under a sampler that follows local parents: nothing has to be asked.
#[inline]
fn push_plain_child(stack: &mut Stack, site: &'static Site) -> Option<Entered> {
    let frame = plain_child(stack, site)?;
    Some(push(stack, frame))
}

/// See [`push_plain_child`]; the frame is on no stack yet.
#[inline]
pub(crate) fn plain_child(stack: &mut Stack, site: &'static Site) -> Option<Box<Frame>> {
    let parent = stack.frames.last()?;
    let provider = parent.identity.provider.filter(|provider| provider.is_plain)?;
    let is_recording = match parent.mode {
        Mode::Recording | Mode::Borrowed => true,
        Mode::Unsampled => false,
        Mode::Attached | Mode::Suppressed => return None,
    };
    let mut frame = stack.spare.pop().unwrap_or_default();
    let (from, to) = (&parent.identity, &mut frame.identity);
    to.trace_id = from.trace_id;
    to.parent_id = from.span_id;
    to.flags = from.flags;
    to.offset = from.offset;
    to.provider = from.provider;
    to.site = Some(site);
    if from.has_extras() {
        to.trace_state = from.trace_state.clone();
        to.extras = from.extras.clone();
    }
    to.span_id = match &mut stack.ids {
        Some(ids) => ids.span_id(),
        none => none.insert(Ids::from_entropy()).span_id(),
    };
    let counters = match &stack.writer {
        Some(writer) => writer.counters(),
        None => stack.writer.insert(Writer::new()).counters(),
    };
    if !is_recording {
        frame.mode = Mode::Unsampled;
        counters.unsampled.increment();
        return Some(frame);
    }
    counters.started.increment();
    frame.mode = Mode::Recording;
    frame.policy = Policy::default();
    frame.identity.is_remote = false;
    frame.identity.parent_is_remote = false;
    frame.identity.start_is_unix = false;
    frame.fields.begin(site, &provider.limits);
    frame.identity.start = provider.timebase.ticks();
    Some(frame)
}

/// Ends the span at `index` if it is still that one, and those that were left open above it.
#[inline(never)]
fn leave(span_id: u64, index: u32, ending: Ending<'_>) {
    with_local_or_count(|local| {
        let index = index as usize;
        let has_outcome = !matches!(ending, Ending::Returned(Outcome::Success));
        let is_done = local.with_stack(|stack| !has_outcome && end::end_top(stack, span_id, index)).unwrap_or(false);
        if !is_done {
            leave_generally(local, span_id, index, ending);
        }
    });
}

#[inline(never)]
fn leave_generally(local: &Local, span_id: u64, index: usize, ending: Ending<'_>) {
    loop {
        let popped = local.with_stack(|stack| {
            let own = stack.frames.get(index)?;
            if own.identity.span_id.to_u64() != span_id {
                return None;
            }
            let frame = stack.frames.pop()?;
            Some((frame, stack.frames.len() == index))
        });
        match popped.flatten() {
            Some((frame, true)) => return end::end_frame(local, frame, ending),
            Some((above, false)) => end::end_frame(local, above, Ending::Returned(Outcome::Success)),
            None => return,
        }
    }
}
