//! The seam for contexts of another library, such as those of OpenTelemetry's API: our stack of frames and their stack of
//! contexts are one order of parents, and the innermost wins, whichever kind it is.
//!
//! Every frame remembers which span the other library called current when the frame was entered. If it is still the
//! same one, the frame is innermost; if it is another one, that was attached later. Frames at boundaries also attach a
//! context with their own span, for code that looks at the other library's contexts itself.
//!
//! Where nothing is installed, all this costs the load of one flag; call sites have a state of their own
//! (`state::ASKING`), so that their fast way does not even ask for that.

use std::any::Any;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::frame::{ForeignPlace, ForeignUsage, Frame, Handle, Mode, Prepared};
use super::identity::Identity;
use super::stack::Stack;
use super::storage::{Local, quietly_caught, with_local};
use crate::model::id::SpanId;
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::tracer::context::{Context, Origin};
use crate::tracer::registry;

/// The contexts of another library, which nest with our frames.
pub trait ForeignContexts: Send + Sync + 'static {
    /// What is current there; `None` on a thread that is past its end.
    fn current(&self) -> Option<ForeignCurrent>;

    /// The identity of the span that is current there; not valid when there is none.
    fn current_span(&self) -> SpanContext;

    /// The span of ours with these ids, if one of their contexts holds it.
    fn find(&self, ids: &SpanContext) -> Option<Handle>;

    /// Whether a frame makes its span current there, too. A boundary is where a trace enters or leaves a part of the
    /// program: a root, a kind other than internal, a future.
    fn attaches(&self, is_boundary: bool) -> bool;

    /// Their current context with a span of ours in it.
    fn prepare(&self, span: Handle) -> Prepared;

    /// Makes a prepared context the current one, until [`detach`](Self::detach) with the same id.
    fn attach(&self, prepared: &Prepared, span_id: SpanId);

    /// Ends the last [`attach`](Self::attach) with this id.
    fn detach(&self, span_id: SpanId);

    /// Lets no spans start there while what this returns lives.
    fn suppress(&self) -> Box<dyn Any>;
}

/// The current span of another library.
#[derive(Clone, Copy, Debug)]
pub struct ForeignCurrent {
    /// The span; not valid when there is none.
    pub span_id: SpanId,
    /// Whether no spans are to start.
    pub is_suppressed: bool,
}

static INSTALLED: OnceLock<Box<dyn ForeignContexts>> = OnceLock::new();
static IS_INSTALLED: AtomicBool = AtomicBool::new(false);

/// From here on these contexts are asked, too. The first call wins.
pub fn install(contexts: impl ForeignContexts) {
    INSTALLED.get_or_init(|| Box::new(contexts));
    ask();
}

/// From here on starts and entries ask those who are installed.
pub(super) fn ask() {
    IS_INSTALLED.store(true, Ordering::Release);
    registry::bridge();
}

/// The one load that all this costs where nothing is installed.
#[inline(always)]
pub(crate) fn is_installed() -> bool {
    IS_INSTALLED.load(Ordering::Relaxed)
}

#[inline]
fn installed() -> Option<&'static dyn ForeignContexts> {
    INSTALLED.get().map(|contexts| &**contexts)
}

/// Lets no spans of the other library start while what this returns lives; `None` where nothing is installed.
pub fn suppress() -> Option<Box<dyn Any>> {
    Some(installed()?.suppress())
}

/// Whether `top` is innermost, so that a new frame is its child. Remembers where the new one is.
#[inline]
pub(crate) fn is_under(top: Option<&Frame>, next: &mut Frame) -> bool {
    let Some(current) = installed().and_then(ForeignContexts::current) else { return true };
    next.foreign.seen = current.span_id;
    let remembered = top.map_or(SpanId::INVALID, |top| top.foreign.seen);
    !current.is_suppressed && current.span_id == remembered
}

/// Whether a frame under `top` that is not of a future attaches a context.
#[inline]
pub(crate) fn attaches_child(top: Option<&Frame>, kind: SpanKind) -> bool {
    installed().is_some_and(|contexts| contexts.attaches(top.is_none() || kind != SpanKind::Internal))
}

/// Before a frame is pushed: attaches its context, if it is one that does, and remembers where it is; enters the span that
/// stands for it.
#[inline]
pub(crate) fn entering(frame: &mut Frame, is_polled: bool) {
    if is_installed() {
        enter(frame, is_polled);
    }
}

#[cold]
#[inline(never)]
fn enter(frame: &mut Frame, is_polled: bool) {
    enter_contexts(frame, is_polled);
    enter_mirror(frame);
}

fn enter_contexts(frame: &mut Frame, is_polled: bool) {
    let Some(contexts) = installed() else { return };
    let Some(current) = contexts.current() else { return };
    frame.foreign.seen = current.span_id;
    let Identity { parent_id, bits, span_id, .. } = frame.identity;
    let is_local_root = !parent_id.is_valid() || bits.parent_is_remote();
    let is_boundary = is_polled || is_local_root || bits.kind() != SpanKind::Internal;
    let has_span = !matches!(frame.mode, Mode::Attached | Mode::Suppressed) && span_id.is_valid();
    if current.is_suppressed || !has_span || !contexts.attaches(is_boundary) {
        return;
    }
    let prepared = frame.foreign.prepared.take().unwrap_or_else(|| contexts.prepare(Handle::of(frame)));
    contexts.attach(&prepared, span_id);
    frame.foreign = ForeignPlace {
        seen: span_id,
        below: current.span_id,
        usage: ForeignUsage::Attached,
        is_in_contexts: true,
        prepared: is_polled.then_some(prepared),
        mirror: frame.foreign.mirror.take(),
    };
}

/// Enters the span that stands for a frame's; of a span that is carried here, as long as it is known.
fn enter_mirror(frame: &mut Frame) {
    if let (None, Mode::Borrowed, Some(shared)) = (&frame.foreign.mirror, frame.mode, &frame.shared) {
        // What the other library enters itself is current there already.
        frame.foreign.mirror = shared.mirror().filter(|_| !frame.is_entered_by_key());
    }
    if let Some(mirror) = &frame.foreign.mirror {
        let _said_by_the_panic_hook = quietly_caught(|| mirror.enter());
        frame.foreign.usage = ForeignUsage::Attached;
    }
}

/// After a frame was taken off: detaches its context. Nothing may be borrowed: spans of others may end with it.
#[inline]
pub(crate) fn leaving(frame: &mut Frame) {
    if frame.foreign.is_attached() {
        leave(frame);
    }
}

#[cold]
#[inline(never)]
fn leave(frame: &mut Frame) {
    if let Some(mirror) = &frame.foreign.mirror {
        let _said_by_the_panic_hook = quietly_caught(|| mirror.exit());
    }
    let is_kept = frame.foreign.prepared.is_some() || frame.foreign.mirror.is_some();
    frame.foreign.usage = if is_kept { ForeignUsage::Prepared } else { ForeignUsage::None };
    if std::mem::take(&mut frame.foreign.is_in_contexts) {
        installed().into_iter().for_each(|contexts| contexts.detach(frame.identity.span_id));
    }
}

/// The same for good.
#[inline]
pub(crate) fn ended(frame: &mut Frame) {
    if frame.foreign.is_used() {
        end(frame);
    }
}

#[cold]
#[inline(never)]
fn end(frame: &mut Frame) {
    leaving(frame);
    frame.foreign.prepared = None;
    frame.foreign.mirror = None;
    frame.foreign.usage = ForeignUsage::None;
}

/// The same where it may have been taken out from under others: those that had seen its span have now seen what is
/// below it.
#[inline]
pub(crate) fn taken_out(local: &Local, frame: &mut Frame, was_top: bool) {
    if !was_top && frame.foreign.is_in_contexts {
        uncover(local, frame.identity.span_id, frame.foreign.below);
    }
    ended(frame);
}

#[cold]
fn uncover(local: &Local, span_id: SpanId, below: SpanId) {
    local.with_stack(|stack| {
        stack.frames_mut().filter(|frame| frame.foreign.seen == span_id).for_each(|frame| frame.foreign.seen = below);
    });
}

/// What is innermost, if that is not the top frame: a span that was attached later, or a context of theirs that is
/// suppressed. As a frame that is on no stack.
#[inline]
pub(crate) fn innermost(local: &Local) -> Option<Box<Frame>> {
    if is_installed() { innermost_of_theirs(local) } else { None }
}

#[cold]
#[inline(never)]
fn innermost_of_theirs(local: &Local) -> Option<Box<Frame>> {
    let contexts = installed()?;
    let current = contexts.current()?;
    let (remembered, own) = local.with_stack(|stack: &mut Stack| {
        stack.top().map_or_else(Default::default, |top| (top.foreign.seen, top.identity.span_id))
    })?;
    let is_below = current.span_id == remembered || current.span_id == own || !current.span_id.is_valid();
    if is_below && !current.is_suppressed {
        return None;
    }
    let mut frame = Box::<Frame>::default();
    if current.is_suppressed {
        frame.mode = Mode::Suppressed;
        return Some(frame);
    }
    let span = contexts.current_span();
    if !span.is_valid() {
        return None;
    }
    match contexts.find(&span) {
        Some(Handle::Recording(shared)) => frame.borrow_span(shared),
        Some(Handle::Context(context)) => frame.enter_context(context),
        None => frame.enter_context(adopt_in(local, span)),
    }
    Some(frame)
}

/// Puts on our stack what is innermost, if that is not the top frame. Says whether it was.
#[cold]
#[inline(never)]
pub(crate) fn push_innermost(local: &Local) -> bool {
    innermost(local).is_some_and(|frame| local.with_stack(|stack| stack.push(frame)).is_some())
}

/// Undoes [`push_innermost`].
#[cold]
#[inline(never)]
pub(crate) fn pop_innermost(local: &Local) {
    // Dropped where nothing is borrowed: it may hold the last handle to a span.
    drop(local.with_stack(Stack::pop));
}

/// The context of a span that one of their contexts holds.
pub fn adopt(span: SpanContext) -> Context {
    match installed().and_then(|contexts| contexts.find(&span)) {
        Some(found) => found.context(),
        None => with_local(|local| adopt_in(local, span)).unwrap_or_default(),
    }
}

/// The same for a span that is not ours: recorded as the code around it is, and with its baggage and its time if it is
/// of the same trace.
fn adopt_in(local: &Local, span: SpanContext) -> Context {
    let around = local.with_stack(|stack| stack.top().map(Frame::context)).flatten().unwrap_or_default();
    if span.is_valid() && around.span.trace_id == span.trace_id {
        return Context { span, ..around };
    }
    let origin = Origin { provider: around.origin.provider, ..Origin::default() };
    Context { span, origin, ..Context::default() }
}
