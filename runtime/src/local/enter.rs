//! Synchronous spans: a frame on this thread's stack and the guard that ends it.

use std::marker::PhantomData;

#[cfg(feature = "opentelemetry")]
use super::bridge;
use super::end::{self, Ending};
use super::frame::Frame;
use super::plain;
use super::start::{Fill, StartOptions, pass_on, start};
use super::{Local, with_local};
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

    #[inline(always)]
    fn new(span_id: u64, index: usize) -> Self {
        let place = Place { index: index as u32, was_panicking: std::thread::panicking() };
        Self { span_id, place, not_send: PhantomData }
    }

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

/// Starts a span with first fields, and makes it the current one.
#[inline]
pub(crate) fn enter_with(site: &'static Site, fill: Fill<'_>) -> Entered {
    if site.state() == state::OFF { Entered::NONE } else { enter_filled(site, fill) }
}

/// Starts a span with options and first fields, and makes it the current one.
#[inline]
pub(crate) fn enter_as(site: &'static Site, options: StartOptions, fill: Fill<'_>) -> Entered {
    let is_idle = site.state() == state::OFF && options.parent.is_none();
    if is_idle || !crate::ENABLED { Entered::NONE } else { enter_generally(site, options, Some(fill)) }
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
    with_local(|local| {
        local.with_stack(|stack| {
            let (top, next, mut sources) = stack.top_and_next()?;
            let span_id = plain::begin(local, top, next, site, &mut sources)?;
            Some(Entered::new(span_id, stack.push_next()))
        })?
    })
    .flatten()
    .unwrap_or_else(|| enter_generally(site, StartOptions::default(), None))
}

#[inline(never)]
fn enter_filled(site: &'static Site, fill: Fill<'_>) -> Entered {
    if !is_on(site) {
        return Entered::NONE;
    }
    match with_local(|local| plain::frame(local, site)).flatten() {
        Some(mut frame) => {
            plain::fill(&mut frame, fill);
            push(frame)
        }
        None => enter_generally(site, StartOptions::default(), Some(fill)),
    }
}

#[inline(never)]
fn enter_generally(site: &'static Site, options: StartOptions, fill: Option<Fill<'_>>) -> Entered {
    let parent = options.parent.clone();
    let frame = if is_on(site) { start(site, options, fill) } else { None };
    frame.or_else(|| pass_on(parent)).map_or(Entered::NONE, push)
}

#[inline]
#[cfg_attr(not(feature = "opentelemetry"), expect(unused_mut, reason = "it is the bridge that changes it"))]
fn push(mut frame: Box<Frame>) -> Entered {
    let span_id = frame.identity.span_id.to_u64();
    let place = with_local(|local| {
        #[cfg(feature = "opentelemetry")]
        bridge::entering(local, &mut frame, false);
        local.with_stack(|stack| stack.push(frame))
    })
    .flatten();
    place.map_or(Entered::NONE, |place| Entered::new(span_id, place))
}

/// Ends the span at `index` if it is still that one, and those that were left open above it.
#[inline(never)]
fn leave(span_id: u64, index: u32, ending: Ending<'_>) {
    // On a thread past its end, the stack has counted what was open.
    with_local(|local| {
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
            let place = stack.place_of(span_id, index)?;
            stack.pop().map(|frame| (frame, stack.depth() == place))
        });
        match popped.flatten() {
            Some((frame, true)) => return end::end_frame(local, frame, ending),
            Some((above, false)) => end::end_frame(local, above, Ending::Returned(Outcome::Success)),
            None => return,
        }
    }
}
