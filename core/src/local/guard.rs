//! Synchronous spans: a frame on this thread's stack and the guard that ends it.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use super::end;
use super::exception::Ending;
use super::fast_start;
use super::foreign;
use super::frame::{Frame, Mode};
use super::mirror;
use super::panic;
use super::stack::Stack;
use super::start::{Fill, StartOptions, pass_on, start};
use super::storage::{Local, with_local};
use crate::model::outcome::{EndsByOutcome, Failure, Outcome};
use crate::process::enabled::ENABLED;
use crate::tracer::registry;
use crate::wire::site::{Site, state};

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

/// A place on the stack; the lowest bit says whether the thread was panicking already. Of one word, so that a guard
/// is returned in registers.
#[derive(Clone, Copy, Debug)]
struct Place(u64);

impl Place {
    #[inline(always)]
    fn new(index: usize) -> Self {
        Self((index as u64) << 1 | u64::from(std::thread::panicking()))
    }

    #[inline(always)]
    fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether a panic began since.
    #[inline(always)]
    fn is_unwinding(self) -> bool {
        self.0 & 1 == 0 && std::thread::panicking()
    }
}

impl Entered {
    const NONE: Self = Self { span_id: 0, place: Place(0), not_send: PhantomData };

    #[inline(always)]
    fn new(span_id: u64, index: usize) -> Self {
        Self { span_id, place: Place::new(index), not_send: PhantomData }
    }

    /// Whether there is a span: recording or not.
    #[inline]
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.span_id != 0
    }
}

impl EndsByOutcome for Entered {
    #[inline]
    fn succeed(self) {
        let guard = ManuallyDrop::new(self);
        if guard.span_id != 0 {
            leave(guard.span_id, guard.place);
        }
    }

    #[cold]
    fn fail(self, failure: &Failure<'_>) {
        let guard = ManuallyDrop::new(self);
        if guard.span_id != 0 {
            leave_with_error(guard.span_id, guard.place, failure.outcome());
        }
    }
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        if self.span_id != 0 {
            leave(self.span_id, self.place);
        }
    }
}

/// Starts a span and makes it the current one.
#[inline]
pub fn enter(site: &'static Site) -> Entered {
    if site.state() == state::OFF { Entered::NONE } else { enter_site_that_is_on(site) }
}

/// Starts a span with first fields, and makes it the current one.
#[inline]
pub(crate) fn enter_with(site: &'static Site, fill: Fill<'_>) -> Entered {
    if site.state() == state::OFF { Entered::NONE } else { enter_with_fields(site, fill) }
}

/// Starts a span with options and first fields, and makes it the current one.
#[inline]
pub(crate) fn enter_as(site: &'static Site, options: StartOptions, fill: Fill<'_>) -> Entered {
    let is_idle = site.state() == state::OFF && options.parent.is_none();
    if is_idle || !ENABLED { Entered::NONE } else { enter_by_all_rules(site, options, Some(fill)) }
}

#[inline(never)]
fn enter_site_that_is_on(site: &'static Site) -> Entered {
    let begin_plainly = |local: &Local| {
        local.with_stack(|stack| {
            let span_id = fast_start::begin(local, stack, site)?;
            Some(Entered::new(span_id, stack.push_next()))
        })?
    };
    // The first time, the general way registers the site.
    let entered = if site.state() == state::ON { with_local(begin_plainly).flatten() } else { None };
    entered.unwrap_or_else(|| enter_beside_foreign(site))
}

#[cold]
#[inline(never)]
fn enter_beside_foreign(site: &'static Site) -> Entered {
    if site.state() == state::ASKING {
        let begin_plainly = |local: &Local| {
            local.with_stack(|stack| {
                let span_id = fast_start::begin_asking(local, stack, site)?;
                Some(Entered::new(span_id, stack.push_next()))
            })?
        };
        let begin_attached = |local: &Local| Some(push(local, fast_start::frame(local, site)?));
        let entered = with_local(|local| begin_plainly(local).or_else(|| begin_attached(local)));
        if let Some(entered) = entered.flatten() {
            return entered;
        }
    }
    enter_by_all_rules(site, StartOptions::default(), None)
}

#[inline(never)]
fn enter_with_fields(site: &'static Site, fill: Fill<'_>) -> Entered {
    let begin_plainly = |local: &Local| {
        let mut frame = fast_start::frame(local, site)?;
        fast_start::fill(&mut frame, fill);
        Some(push(local, frame))
    };
    let entered = with_local(begin_plainly).flatten();
    entered.unwrap_or_else(|| enter_by_all_rules(site, StartOptions::default(), Some(fill)))
}

#[cold]
#[inline(never)]
fn enter_by_all_rules(site: &'static Site, options: StartOptions, fill: Option<Fill<'_>>) -> Entered {
    let parent = options.parent.clone();
    let frame = if registry::is_on(site) { start(site, options, fill).map(mirror::started) } else { None };
    let frame = frame.or_else(|| pass_on(parent));
    frame.and_then(|frame| with_local(|local| push(local, frame))).unwrap_or(Entered::NONE)
}

#[inline]
fn push(local: &Local, mut frame: Box<Frame>) -> Entered {
    foreign::entering(&mut frame, false);
    let span_id = frame.identity.span_id.to_u64();
    let index = local.with_stack(|stack| stack.push(frame));
    index.map_or(Entered::NONE, |index| Entered::new(span_id, index))
}

/// Ends a span whose body returned no error, and those that were left open above it.
#[inline(never)]
fn leave(span_id: u64, place: Place) {
    if place.is_unwinding() || !with_stack(|stack| end::end_without_fields(stack, span_id, place.index())) {
        leave_with_fields(span_id, place);
    }
}

/// Ends the span of a future that returned while it was polled. Says whether nothing but its end was to be added.
#[inline(always)]
pub(super) fn leave_polled(span_id: u64, index: usize) -> bool {
    with_stack(|stack| end::end_with_fields(stack, span_id, index))
}

/// The same for one with dynamic fields.
#[inline(never)]
fn leave_with_fields(span_id: u64, place: Place) {
    let is_unwinding = place.is_unwinding();
    if is_unwinding || !with_stack(|stack| end::end_with_fields(stack, span_id, place.index())) {
        leave_unwinding_or_covered(span_id, place, is_unwinding);
    }
}

/// What `use_stack` says; `false` when there is no stack to use.
#[inline(always)]
fn with_stack(use_stack: impl FnOnce(&mut Stack) -> bool) -> bool {
    with_local(|local| local.with_stack(use_stack)).flatten().unwrap_or(false)
}

#[cold]
#[inline(never)]
fn leave_unwinding_or_covered(span_id: u64, place: Place, is_unwinding: bool) {
    let ending = if is_unwinding { Ending::Panicked } else { Ending::Returned(Outcome::Success) };
    with_local(|local| leave_covered(local, span_id, place.index(), ending));
}

#[inline(never)]
fn leave_with_error(span_id: u64, place: Place, outcome: Outcome<'_>) {
    // On a thread past its end, the stack has counted what was open.
    with_local(|local| {
        let popped = local.with_stack(|stack| stack.pop_if_top(span_id, place.index())).flatten();
        match popped {
            Some(frame) => end::end_frame(local, frame, Ending::Returned(outcome)),
            None => leave_covered(local, span_id, place.index(), Ending::Returned(outcome)),
        }
    });
}

/// Notes what panics say, and where they abort, ends the spans that are open on their thread. Once for the process.
pub fn install_panic_hook() {
    panic::install(end_all_panicked);
}

/// Ends all spans that are open on this thread, innermost first, as a panic would by unwinding.
#[cold]
fn end_all_panicked() {
    with_local(|local| {
        while let Some(Some(mut frame)) = local.with_stack(Stack::pop) {
            if frame.mode == Mode::Borrowed {
                // Whoever was to end it will not come to it.
                frame.mode = Mode::Recording;
            }
            end::end_frame(local, frame, Ending::Panicked);
        }
    });
}

/// Ends the span at `index` if it is still that one, and those that were left open above it.
#[inline(never)]
pub(super) fn leave_covered(local: &Local, span_id: u64, index: usize, ending: Ending<'_>) {
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
