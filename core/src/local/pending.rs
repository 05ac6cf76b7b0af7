//! Spans of futures: a frame that is on a stack only while the future is polled.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::end;
use super::exception::Ending;
use super::fast_start;
use super::foreign;
use super::frame::{self, Frame};
use super::guard;
use super::mirror;
use super::start::{Fill, StartOptions, pass_on, start as start_frame};
use super::storage::{Local, with_local};
use crate::model::outcome::{EndsByOutcome, Failure, Outcome};
use crate::process::enabled::ENABLED;
use crate::tracer::context::Context;
use crate::tracer::registry;
use crate::wire::site::{Site, state};

/// A started span that is on no stack, or none. Dropping it ends the span as cancelled.
#[derive(Default)]
#[must_use = "the span ends as cancelled when this is dropped"]
pub struct Pending {
    /// Dropped before what runs in the span.
    pub entry: Entry,
    /// Dropped after what runs in the span.
    pub exit: Exit,
}

/// The frame of a span while it is on no stack. Dropping it puts the frame on this thread's stack: what is dropped next is
/// dropped in its span.
#[derive(Default)]
pub struct Entry(
    // What it drops by itself would be compiled again for each future.
    Option<ManuallyDrop<Box<Frame>>>,
);

/// The id of a span that has not ended, or 0. Dropping it ends the span, whose [`Entry`] was dropped before, as cancelled.
#[derive(Default)]
pub struct Exit(u64);

// Whatever a frame refers to is behind a lock, or whole when code of the user's runs.
impl UnwindSafe for Entry {}
impl RefUnwindSafe for Entry {}

/// Starts a span without making it the current one.
#[inline]
pub fn start(site: &'static Site) -> Pending {
    if site.state() == state::OFF { Pending::default() } else { start_site_that_is_on(site) }
}

/// The same with first fields.
#[inline]
pub(crate) fn start_with(site: &'static Site, fill: Fill<'_>) -> Pending {
    if site.state() == state::OFF { Pending::default() } else { start_with_fields(site, fill) }
}

/// The same with options and first fields.
#[inline]
pub(crate) fn start_as(site: &'static Site, options: StartOptions, fill: Fill<'_>) -> Pending {
    let is_idle = site.state() == state::OFF && options.parent.is_none();
    if is_idle || !ENABLED { Pending::default() } else { start_by_all_rules(site, options, Some(fill)) }
}

/// The same in a context, such as the caller's, which is passed on also where no span starts.
#[inline]
pub(crate) fn start_in(site: &'static Site, parent: Context, fill: Fill<'_>) -> Pending {
    let mut parent = Some(parent);
    match with_local(|local| fast_start::frame_under_caller(local, site, &mut parent)).flatten() {
        Some(mut frame) => {
            fast_start::fill(&mut frame, fill);
            Pending::of(frame)
        }
        None => start_as(site, StartOptions { parent, ..StartOptions::default() }, fill),
    }
}

#[inline(never)]
fn start_site_that_is_on(site: &'static Site) -> Pending {
    match fast_frame(site) {
        Some(frame) => Pending::of(frame),
        None => start_by_all_rules(site, StartOptions::default(), None),
    }
}

#[inline(never)]
fn start_with_fields(site: &'static Site, fill: Fill<'_>) -> Pending {
    match fast_frame(site) {
        Some(mut frame) => {
            fast_start::fill(&mut frame, fill);
            Pending::of(frame)
        }
        None => start_by_all_rules(site, StartOptions::default(), Some(fill)),
    }
}

#[inline]
fn fast_frame(site: &'static Site) -> Option<Box<Frame>> {
    with_local(|local| fast_start::frame(local, site)).flatten()
}

#[cold]
#[inline(never)]
fn start_by_all_rules(site: &'static Site, options: StartOptions, fill: Option<Fill<'_>>) -> Pending {
    let parent = options.parent.clone();
    let frame = if registry::is_on(site) { start_frame(site, options, fill).map(mirror::started) } else { None };
    frame.or_else(|| pass_on(parent)).map_or_else(Pending::default, Pending::of)
}

/// The index of a frame that is on no stack.
const NOWHERE: usize = usize::MAX;

impl Pending {
    #[inline]
    fn of(frame: Box<Frame>) -> Self {
        let exit = Exit(frame.identity.span_id.to_u64());
        Self { entry: Entry(Some(ManuallyDrop::new(frame))), exit }
    }

    /// Makes the span the current one.
    #[inline]
    pub fn enter(&mut self) -> Polled<'_> {
        self.entry.enter(&mut self.exit)
    }

    /// Whether there is a span, recording or not.
    #[inline]
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.exit.0 != 0
    }

    /// The frame, while it is on no stack.
    #[inline]
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.entry.0.as_ref().map(|frame| &***frame)
    }

    /// The frame, to change, while it is on no stack.
    #[inline]
    pub(crate) fn frame_mut(&mut self) -> Option<&mut Frame> {
        self.entry.0.as_mut().map(|frame| &mut ***frame)
    }

    /// Ends the span, which is on no stack, with what its owner says.
    pub(crate) fn end(&mut self, ending: Ending<'_>) {
        self.exit.0 = 0;
        if let Some(frame) = self.entry.0.take() {
            end_off_stack(ManuallyDrop::into_inner(frame), ending);
        }
    }
}

impl Entry {
    /// Makes the span the current one, for a while or until it ends.
    #[inline]
    pub fn enter<'a>(&'a mut self, exit: &'a mut Exit) -> Polled<'a> {
        let index = if exit.0 == 0 { NOWHERE } else { self.push(exit) };
        Polled { entry: self, exit, index, not_send: PhantomData }
    }

    /// Where the frame is. It stays here on a thread past its end.
    #[inline(never)]
    fn push(&mut self, exit: &mut Exit) -> usize {
        let Some(frame) = self.0.take() else {
            // A frame below it was left, and this one with it.
            exit.0 = 0;
            return NOWHERE;
        };
        push(ManuallyDrop::into_inner(frame)).unwrap_or_else(|frame| {
            self.0 = Some(ManuallyDrop::new(frame));
            NOWHERE
        })
    }

    #[cold]
    #[inline(never)]
    fn push_to_drop(&mut self) {
        let Some(frame) = self.0.take() else { return };
        let mut frame = ManuallyDrop::into_inner(frame);
        frame.is_dropping = true;
        if let Err(frame) = push(frame) {
            end_off_stack(frame, Ending::Cancelled);
        }
    }
}

impl Drop for Entry {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.push_to_drop();
        }
    }
}

impl Drop for Exit {
    #[inline]
    fn drop(&mut self) {
        if self.0 != 0 {
            end_dropped(self.0);
        }
    }
}

#[inline]
fn push(frame: Box<Frame>) -> Result<usize, Box<Frame>> {
    let frame = if foreign::is_installed() { entering(frame) } else { frame };
    let mut frame = Some(frame);
    let index = with_local(|local| local.with_stack(|stack| frame.take().map(|frame| stack.push_polled(frame))));
    match (index, frame) {
        (_, Some(frame)) => Err(frame),
        (index, None) => Ok(index.flatten().flatten().unwrap_or(NOWHERE)),
    }
}

/// Ends a span that is on no stack, or counts it as lost on a thread past its end.
#[inline(never)]
fn end_off_stack(frame: Box<Frame>, ending: Ending<'_>) {
    let mut frame = Some(frame);
    with_local(|local| frame.take().map(|frame| end::end_frame(local, frame, ending)));
    if let Some(frame) = frame {
        frame::lose(&frame);
    }
}

/// Ends the span whose future has just been dropped, and those that were left open above it.
#[cold]
#[inline(never)]
fn end_dropped(span_id: u64) {
    with_local(|local| {
        loop {
            let popped = local.with_stack(|stack| {
                let place = stack.place_of_dropping(span_id)?;
                stack.pop().map(|frame| (frame, stack.depth() == place))
            });
            match popped.flatten() {
                Some((mut frame, true)) => {
                    frame.is_dropping = false;
                    return end::end_frame(local, frame, Ending::Cancelled);
                }
                Some((above, false)) => end::end_frame(local, above, Ending::Returned(Outcome::Success)),
                None => return,
            }
        }
    });
}

/// A span that is current while a future is polled, or none. Dropping it ends the span as panicked.
#[must_use = "the span ends as panicked when this is dropped"]
pub struct Polled<'a> {
    entry: &'a mut Entry,
    exit: &'a mut Exit,
    /// Where on the stack it is.
    index: usize,
    not_send: PhantomData<*const ()>,
}

impl Polled<'_> {
    /// The span goes on, off the stack.
    #[inline]
    pub fn leave(self) {
        let mut polled = ManuallyDrop::new(self);
        if polled.index != NOWHERE {
            polled.entry.0 = pop(polled.exit.0, polled.index).map(ManuallyDrop::new);
        }
    }

    #[inline(never)]
    fn end_returned(&mut self) {
        if self.index == NOWHERE || !guard::leave_polled(self.exit.0, self.index) {
            return self.end(Ending::Returned(Outcome::Success));
        }
        self.exit.0 = 0;
    }

    #[cold]
    #[inline(never)]
    fn end(&mut self, ending: Ending<'_>) {
        if self.index != NOWHERE {
            with_local(|local| guard::leave_covered(local, self.exit.0, self.index, ending));
        } else if let Some(frame) = self.entry.0.take() {
            end_off_stack(ManuallyDrop::into_inner(frame), ending);
        }
        self.exit.0 = 0;
    }
}

impl EndsByOutcome for Polled<'_> {
    #[inline]
    fn succeed(self) {
        let mut polled = ManuallyDrop::new(self);
        if polled.exit.0 != 0 {
            polled.end_returned();
        }
    }

    #[cold]
    fn fail(self, failure: &Failure<'_>) {
        ManuallyDrop::new(self).end(Ending::Returned(failure.outcome()));
    }
}

impl Drop for Polled<'_> {
    #[cold]
    fn drop(&mut self) {
        self.end(Ending::Panicked);
    }
}

/// Takes the frame back; spans that were left open above it end here.
#[inline(never)]
fn pop(span_id: u64, index: usize) -> Option<Box<Frame>> {
    with_local(|local| {
        let popped = local.with_stack(|stack| stack.pop_if_top(span_id, index)).flatten();
        popped.or_else(|| pop_covered(local, span_id, index))
    })
    .flatten()
}

#[cold]
#[inline(never)]
fn pop_covered(local: &Local, span_id: u64, index: usize) -> Option<Box<Frame>> {
    loop {
        let popped = local.with_stack(|stack| {
            let place = stack.place_of(span_id, index)?;
            stack.pop().map(|frame| (frame, stack.depth() == place))
        });
        match popped.flatten()? {
            (frame, true) => return Some(left(frame)),
            (above, false) => end::end_frame(local, above, Ending::Returned(Outcome::Success)),
        }
    }
}

#[cold]
#[inline(never)]
fn entering(mut frame: Box<Frame>) -> Box<Frame> {
    foreign::entering(&mut frame, true);
    frame
}

#[inline(always)]
fn left(mut frame: Box<Frame>) -> Box<Frame> {
    foreign::leaving(&mut frame);
    frame
}
