//! Frames of spans that another library enters and leaves by its own ids, without guards.

use std::sync::Arc;

use super::attach::{is_in_charge, put_away, take_out};
use super::foreign;
use super::frame::{ENTERED, Frame, Handle, Key};
use super::shared::SharedSpan;
use super::stack::Stack;
use super::storage::{Local, with_local};

/// Makes a span the current one of this thread until [`exit`] with the same key.
#[inline]
pub fn enter(key: Key, span: Handle) {
    match span {
        Handle::Recording(shared) => enter_as(key, |frame| frame.borrow_span(shared)),
        Handle::Context(context) => enter_as(key, |frame| frame.enter_context(context)),
    }
}

#[inline]
fn enter_as(key: Key, fill: impl FnOnce(&mut Frame)) {
    with_local(|local| {
        if foreign::is_installed() {
            return enter_beside_foreign(local, key, fill);
        }
        local.with_stack(|stack| {
            // What is not in use holds nothing, so nothing of the user's is dropped here.
            if let Some(frame) = stack.next_mut() {
                fill(frame);
                frame.identity.start = ENTERED;
                frame.entered = key;
                stack.push_next();
            }
        })
    });
}

/// The same where the frame may attach a context of another library's.
#[cold]
#[inline(never)]
fn enter_beside_foreign(local: &Local, key: Key, fill: impl FnOnce(&mut Frame)) -> Option<()> {
    let mut frame = local.with_stack(Stack::take_frame)?;
    fill(&mut frame);
    frame.identity.start = ENTERED;
    frame.entered = key;
    foreign::entering(&mut frame, false);
    local.with_stack(|stack| stack.push(frame)).map(drop)
}

fn is_own(frame: &Frame, key: Key) -> bool {
    frame.is_entered_by_key() && frame.entered == key && !is_in_charge(frame.mode)
}

/// Takes the innermost frame that was entered as `key` off the stack, wherever it is, and returns its span if it
/// records. Nothing happens when there is none: it may have gone with a frame below.
#[inline]
pub fn exit(key: Key) -> Option<Arc<SharedSpan>> {
    with_local(|local| {
        let simple = local.with_stack(|stack| {
            let is_simple = |top: &&mut Frame| {
                is_own(top, key) && top.fields.is_sealed() && !top.identity.has_extras() && !top.foreign.is_used()
            };
            let top = stack.top_mut().filter(is_simple)?;
            let shared = top.shared.take();
            stack.drop_top();
            Some(shared)
        });
        simple.flatten().unwrap_or_else(|| exit_covered(local, key))
    })?
}

#[inline(never)]
fn exit_covered(local: &Local, key: Key) -> Option<Arc<SharedSpan>> {
    let taken = local.with_stack(|stack| {
        let place = (0..stack.depth()).rev().find(|place| stack.get(*place).is_some_and(|frame| is_own(frame, key)))?;
        take_out(stack, place)
    });
    let mut taken = taken??;
    let shared = taken.frame.shared.take();
    put_away(local, taken);
    shared
}
