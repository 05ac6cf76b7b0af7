//! Frames of spans that another library enters and leaves by its own ids, without guards.

use std::sync::Arc;

use super::attach::{fill_with_context, fill_with_span, is_in_charge, put_away, take_out};
use super::frame::{Frame, SharedSpan};
use super::{Local, with_local};
use crate::context::Context;

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
        local.with_stack(|stack| {
            // What is not in use holds nothing, so nothing of the user's is dropped here.
            if let Some(frame) = stack.next_mut() {
                fill(frame);
                frame.identity.start = ENTERED;
                frame.entered = key;
                #[cfg(feature = "opentelemetry")]
                super::bridge::remember(frame);
                stack.push_next();
            }
        })
    });
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
            let top = stack.top_mut().filter(|top| is_own(top, key) && !top.identity.has_extras())?;
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
    let mut frame = taken??;
    let shared = frame.shared.take();
    put_away(local, frame);
    shared
}
