//! Contexts and shared spans as frames: attached until a guard is dropped.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Arc;

use super::foreign;
use super::frame::{Frame, Mode};
use super::shared::SharedSpan;
use super::stack::Stack;
use super::storage::{Local, with_local};
use crate::process::diagnostics::warn_once;
use crate::tracer::context::Context;

thread_local! {
    static NEXT_TOKEN: Cell<u64> = const { Cell::new(1) };
}

/// Keeps a context current on this thread until it is dropped.
///
/// Guards are dropped in the reverse order of their creation. One that is dropped earlier takes its own context
/// away, leaves later ones in place, and warns once.
#[must_use = "the context is detached when this is dropped"]
#[derive(Debug)]
pub struct ContextGuard {
    /// Where on the stack, and which of the attachments that ever were there.
    place: Option<(usize, u64)>,
    not_send: PhantomData<*const ()>,
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
        if let Some((index, token)) = self.place {
            with_local(|local| detach(local, index, token));
        }
    }
}

pub(crate) fn attach_context(context: Context) -> ContextGuard {
    attach(|frame| frame.enter_context(context))
}

/// Makes a span that somebody else ends the current one.
pub(crate) fn attach_span(shared: &Arc<SharedSpan>) -> ContextGuard {
    attach(|frame| frame.borrow_span(Arc::clone(shared)))
}

fn attach(fill: impl FnOnce(&mut Frame)) -> ContextGuard {
    let place = with_local(|local| {
        let token = NEXT_TOKEN.get();
        NEXT_TOKEN.set(token + 1);
        Some((push(local, token, fill)?, token))
    });
    ContextGuard { place: place.flatten(), not_send: PhantomData }
}

fn push(local: &Local, token: u64, fill: impl FnOnce(&mut Frame)) -> Option<usize> {
    let mut frame = local.with_stack(Stack::take_frame)?;
    fill(&mut frame);
    // An attached frame starts nothing: the field tells one attachment from another.
    frame.identity.start = token;
    foreign::entering(&mut frame, false);
    local.with_stack(|stack| stack.push(frame))
}

/// Whether frames like this end or count a span of their own.
pub(super) const fn is_in_charge(mode: Mode) -> bool {
    matches!(mode, Mode::Recording | Mode::Unsampled)
}

fn detach(local: &Local, index: usize, token: u64) {
    let taken = local.with_stack(|stack| {
        let is_own = |frame: &Frame| !is_in_charge(frame.mode) && frame.identity.start == token;
        // Frames below may have gone out of order, which moves this one down.
        let last = index.min(stack.depth().checked_sub(1)?);
        let place = (0..=last).rev().find(|place| stack.get(*place).is_some_and(is_own))?;
        take_out(stack, place)
    });
    let Some(taken) = taken.flatten() else { return };
    if !taken.was_top {
        warn_once("detached out of order", || {
            "a context guard was dropped before a later one; guards are dropped in the reverse order of their creation"
                .to_owned()
        });
    }
    put_away(local, taken);
}

/// A frame that is on no stack any more.
pub(super) struct Taken {
    pub(super) frame: Box<Frame>,
    /// Whether nothing was above it.
    was_top: bool,
}

pub(super) fn take_out(stack: &mut Stack, place: usize) -> Option<Taken> {
    let was_top = place + 1 == stack.depth();
    let frame = if was_top { stack.pop()? } else { stack.remove(place) };
    Some(Taken { frame, was_top })
}

/// Keeps a frame that is in charge of no span.
pub(super) fn put_away(local: &Local, taken: Taken) {
    let mut frame = taken.frame;
    foreign::taken_out(local, &mut frame, taken.was_top);
    frame.shared = None;
    frame.identity.clear();
    local.with_stack(|stack| stack.keep_frame(frame));
}

/// Keeps a frame whose span is in somebody else's hands by now.
pub(crate) fn keep(frame: Box<Frame>) {
    with_local(|local| put_away(local, Taken { frame, was_top: true }));
}
