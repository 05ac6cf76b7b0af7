//! Spans of futures: a frame that is on a stack only while the future is polled.

use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

#[cfg(feature = "opentelemetry")]
use super::bridge;
use super::end;
use super::exception::Ending;
use super::fast_start;
use super::frame::{self, Frame};
use super::guard::is_on;
use super::start::{Fill, StartOptions, pass_on, start as start_frame};
use super::storage::{Local, with_local};
use crate::model::outcome::Outcome;
use crate::process::enabled::ENABLED;
use crate::wire::site::{Site, state};

/// A started span that is on no stack, or none. Dropping it ends the span as cancelled.
#[derive(Default)]
#[must_use = "the span ends as cancelled when this is dropped"]
pub struct Pending(Option<Box<Frame>>);

// Whatever a frame refers to is behind a lock, or whole when code of the user's runs.
impl UnwindSafe for Pending {}
impl RefUnwindSafe for Pending {}

/// Starts a span without making it the current one.
#[inline]
pub fn start(site: &'static Site) -> Pending {
    if site.state() == state::OFF { Pending(None) } else { start_slowly(site) }
}

/// The same with first fields.
#[inline]
pub(crate) fn start_with(site: &'static Site, fill: Fill<'_>) -> Pending {
    if site.state() == state::OFF { Pending(None) } else { start_filled(site, fill) }
}

/// The same with options and first fields.
#[inline]
pub(crate) fn start_as(site: &'static Site, options: StartOptions, fill: Fill<'_>) -> Pending {
    let is_idle = site.state() == state::OFF && options.parent.is_none();
    if is_idle || !ENABLED { Pending(None) } else { start_generally(site, options, Some(fill)) }
}

#[inline(never)]
fn start_slowly(site: &'static Site) -> Pending {
    match plain_frame(site) {
        Some(frame) => Pending(Some(frame)),
        None => start_generally(site, StartOptions::default(), None),
    }
}

#[inline(never)]
fn start_filled(site: &'static Site, fill: Fill<'_>) -> Pending {
    match plain_frame(site) {
        Some(mut frame) => {
            fast_start::fill(&mut frame, fill);
            Pending(Some(frame))
        }
        None => start_generally(site, StartOptions::default(), Some(fill)),
    }
}

#[inline]
fn plain_frame(site: &'static Site) -> Option<Box<Frame>> {
    with_local(|local| fast_start::frame(local, site)).flatten()
}

#[cold]
#[inline(never)]
fn start_generally(site: &'static Site, options: StartOptions, fill: Option<Fill<'_>>) -> Pending {
    let parent = options.parent.clone();
    let frame = if is_on(site) { start_frame(site, options, fill) } else { None };
    Pending(frame.or_else(|| pass_on(parent)))
}

impl Pending {
    /// Makes the span the current one until the guard is dropped.
    #[inline]
    pub fn enter(&mut self) -> Polling<'_> {
        let (span_id, index) = match self.0.take() {
            None => (0, 0),
            Some(frame) => self.push(frame),
        };
        Polling { pending: self, span_id, index, not_send: PhantomData }
    }

    /// The span's id and place; no id when the frame had to stay here, on a thread past its end.
    #[inline(never)]
    fn push(&mut self, frame: Box<Frame>) -> (u64, usize) {
        #[cfg(feature = "opentelemetry")]
        let frame = if bridge::is_installed() { entering(frame) } else { frame };
        let span_id = frame.identity.span_id.to_u64();
        let mut frame = Some(frame);
        let index = with_local(|local| local.with_stack(|stack| frame.take().map(|frame| stack.push(frame))));
        match index {
            Some(Some(Some(index))) => (span_id, index),
            _ => {
                self.0 = frame;
                (0, 0)
            }
        }
    }

    /// Ends the span with what the future returned.
    #[inline]
    pub fn end(mut self, outcome: Outcome<'_>) {
        match (self.0.take(), outcome) {
            (None, _) => {}
            (Some(frame), Outcome::Success) => end_successfully(frame),
            (Some(frame), Outcome::Error { .. }) => end_off_stack(frame, Ending::Returned(outcome)),
        }
    }

    /// Ends the span as its future is unwinding.
    #[cold]
    pub fn end_panicked(&mut self) {
        if let Some(frame) = self.0.take() {
            end_off_stack(frame, Ending::Panicked);
        }
    }

    /// Whether there is a span, recording or not.
    #[inline]
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Pending {
    #[inline]
    fn drop(&mut self) {
        if let Some(frame) = self.0.take() {
            end_off_stack(frame, Ending::Cancelled);
        }
    }
}

#[inline(never)]
fn end_successfully(frame: Box<Frame>) {
    end_with(frame, end::end_successfully);
}

#[inline(never)]
fn end_off_stack(frame: Box<Frame>, ending: Ending<'_>) {
    end_with(frame, |local, frame| end::end_frame(local, frame, ending));
}

/// Ends a span by `end`, or counts it as lost on a thread past its end.
#[inline(always)]
fn end_with(frame: Box<Frame>, end: impl FnOnce(&Local, Box<Frame>)) {
    let mut frame = Some(frame);
    with_local(|local| frame.take().map(|frame| end(local, frame)));
    if let Some(frame) = frame {
        frame::lose(&frame);
    }
}

/// The span of a future while it is polled.
pub struct Polling<'a> {
    pending: &'a mut Pending,
    /// 0 when there is none on the stack.
    span_id: u64,
    /// Where on the stack it is.
    index: usize,
    not_send: PhantomData<*const ()>,
}

impl Drop for Polling<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.span_id == 0 {
            return;
        }
        if let (Some(frame), None) = (pop(self.span_id, self.index), &self.pending.0) {
            self.pending.0 = Some(frame);
        }
    }
}

/// Takes the frame back; spans that were left open above it end here.
#[inline(never)]
fn pop(span_id: u64, index: usize) -> Option<Box<Frame>> {
    with_local(|local| {
        let popped = local.with_stack(|stack| stack.pop_if_top(span_id, index)).flatten();
        popped.or_else(|| pop_unusually(local, span_id, index))
    })
    .flatten()
}

#[cold]
#[inline(never)]
fn pop_unusually(local: &Local, span_id: u64, index: usize) -> Option<Box<Frame>> {
    loop {
        let popped = local.with_stack(|stack| {
            let place = stack.place_of(span_id, index)?;
            stack.pop().map(|frame| (frame, stack.depth() == place))
        });
        match popped.flatten()? {
            (frame, true) => return Some(left(local, frame)),
            (above, false) => end::end_frame(local, above, Ending::Returned(Outcome::Success)),
        }
    }
}

#[cfg(feature = "opentelemetry")]
#[cold]
#[inline(never)]
fn entering(mut frame: Box<Frame>) -> Box<Frame> {
    with_local(|local| bridge::entering(local, &mut frame, true));
    frame
}

#[inline(always)]
#[cfg_attr(not(feature = "opentelemetry"), expect(unused_mut, unused_variables, reason = "it is the bridge's"))]
fn left(local: &Local, mut frame: Box<Frame>) -> Box<Frame> {
    #[cfg(feature = "opentelemetry")]
    bridge::leaving(local, &mut frame);
    frame
}
