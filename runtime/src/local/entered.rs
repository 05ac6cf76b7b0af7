//! Frames of spans that another library enters and leaves by their ids, without guards.

use std::sync::Arc;

use super::attach::{fill_with_context, fill_with_span, is_in_charge, push, put_away, take_out};
use super::frame::{Frame, SharedSpan};
use super::with_local;
use crate::context::Context;
use crate::id::SpanId;

/// The token of what is entered and left by its id, without a guard.
const ENTERED: u64 = u64::MAX;

/// Makes a span the current one of this thread until [`exit`].
pub(crate) fn enter_span(shared: &Arc<SharedSpan>) {
    with_local(|local| push(local, ENTERED, |frame| fill_with_span(frame, shared)));
}

/// The same with a context.
pub(crate) fn enter_context(context: Context) {
    with_local(|local| push(local, ENTERED, |frame| fill_with_context(frame, context)));
}

/// Takes the innermost frame of a span that was entered here off the stack, wherever it is. Nothing happens when
/// there is none: it may have gone with a frame below.
pub(crate) fn exit(span_id: SpanId) {
    with_local(|local| {
        let taken = local.with_stack(|stack| {
            let is_own = |frame: &Frame| {
                frame.identity.start == ENTERED && frame.identity.span_id == span_id && !is_in_charge(frame.mode)
            };
            let place = (0..stack.depth()).rev().find(|place| stack.get(*place).is_some_and(is_own))?;
            take_out(stack, place)
        });
        if let Some(frame) = taken.flatten() {
            put_away(local, frame);
        }
    });
}

/// Keeps a frame whose span is in somebody else's hands by now.
pub(crate) fn keep(frame: Box<Frame>) {
    with_local(|local| put_away(local, frame));
}
