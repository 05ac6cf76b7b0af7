//! Frames of spans that another library enters and leaves by its own ids, without guards.

use std::sync::Arc;

use super::attach::{fill_with_context, fill_with_span, is_in_charge, put_away, take_out};
use super::frame::{Frame, SharedSpan};
#[cfg(feature = "opentelemetry")]
use super::stack::Stack;
use super::storage::{Local, with_local};
use crate::tracer::context::Context;

/// The token of frames like these.
const ENTERED: u64 = u64::MAX;

/// What another library calls a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Key {
    /// Who gives the ids.
    pub(crate) owner: u32,
    pub(crate) id: u64,
}

/// Makes a span the current one of this thread until [`exit`].
pub(crate) fn enter_span(key: Key, shared: Arc<SharedSpan>) {
    enter(key, |frame| fill_with_span(frame, shared));
}

/// The same with a context.
pub(crate) fn enter_context(key: Key, context: Context) {
    enter(key, |frame| fill_with_context(frame, context));
}

#[inline]
fn enter(key: Key, fill: impl FnOnce(&mut Frame)) {
    with_local(|local| {
        #[cfg(feature = "opentelemetry")]
        if super::bridge::is_installed() {
            return enter_bridged(local, key, fill);
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

/// The same where the frame may attach a context of OpenTelemetry's.
#[cfg(feature = "opentelemetry")]
#[cold]
#[inline(never)]
fn enter_bridged(local: &Local, key: Key, fill: impl FnOnce(&mut Frame)) -> Option<()> {
    let mut frame = local.with_stack(Stack::take_frame)?;
    fill(&mut frame);
    frame.identity.start = ENTERED;
    frame.entered = key;
    super::bridge::entering(local, &mut frame, false);
    local.with_stack(|stack| stack.push(frame)).map(drop)
}

fn is_own(frame: &Frame, key: Key) -> bool {
    frame.identity.start == ENTERED && frame.entered == key && !is_in_charge(frame.mode)
}

/// Takes the innermost frame that was entered as `key` off the stack, wherever it is, and returns its span if it
/// records. Nothing happens when there is none: it may have gone with a frame below.
#[inline]
pub(crate) fn exit(key: Key) -> Option<Arc<SharedSpan>> {
    with_local(|local| {
        let simple = local.with_stack(|stack| {
            let is_simple = |top: &&mut Frame| is_own(top, key) && !top.identity.has_extras() && !top.is_bridged();
            let top = stack.top_mut().filter(is_simple)?;
            let shared = top.shared.take();
            stack.drop_top();
            Some(shared)
        });
        simple.flatten().unwrap_or_else(|| exit_generally(local, key))
    })?
}

#[inline(never)]
fn exit_generally(local: &Local, key: Key) -> Option<Arc<SharedSpan>> {
    let taken = local.with_stack(|stack| {
        let place = (0..stack.depth()).rev().find(|place| stack.get(*place).is_some_and(|frame| is_own(frame, key)))?;
        take_out(stack, place)
    });
    let mut taken = taken??;
    let shared = taken.frame.shared.take();
    put_away(local, taken);
    shared
}
