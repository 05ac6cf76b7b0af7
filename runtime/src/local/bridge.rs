//! Our stack of frames and OpenTelemetry's stack of contexts, as one order of parents: innermost wins.
//!
//! Every frame remembers which span OpenTelemetry's API called current when the frame was entered. If it is still the
//! same one, the frame is innermost; if it is another one, that was attached later. Frames at boundaries also attach a
//! context with their own span, for code that looks at OpenTelemetry's contexts itself.

use std::mem::take;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use opentelemetry::Context as OtelContext;
use opentelemetry::trace::TraceContextExt as _;

use super::attach::{fill_with_context, fill_with_span};
use super::frame::{Frame, Identity, Mode};
use super::storage::{Local, with_local};
use crate::model::id::SpanId;
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::span::Span;
use crate::span::bridged_spans::{self, Found};
use crate::tracer::context::opentelemetry::{from_span_context, from_span_id};
use crate::tracer::context::{Context, Origin};
use crate::tracer::registry;

/// Which frames attach a context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Level {
    Never = 1,
    Boundaries = 2,
    All = 3,
}

/// 0 when the bridge is not installed, or a [`Level`].
static LEVEL: AtomicU8 = AtomicU8::new(0);
/// Makes the current context of OpenTelemetry's with this span in it.
static WITH_SPAN: OnceLock<fn(Span) -> OtelContext> = OnceLock::new();

thread_local! {
    /// Gone before OpenTelemetry's own storage is, when the thread ends.
    static ALIVE: Alive = Alive::after_theirs();
}

struct Alive;

impl Alive {
    fn after_theirs() -> Self {
        OtelContext::map_current(|_| ());
        Self
    }
}

/// A value without a destructor would never be gone.
impl Drop for Alive {
    fn drop(&mut self) {}
}

pub(crate) fn install(level: Level, with_span: fn(Span) -> OtelContext) {
    WITH_SPAN.get_or_init(|| with_span);
    LEVEL.store(level as u8, Ordering::Release);
    registry::bridge();
}

/// The one load that all this costs where it is not installed.
#[inline(always)]
pub(crate) fn is_installed() -> bool {
    LEVEL.load(Ordering::Relaxed) != 0
}

/// Where a frame is among OpenTelemetry's contexts.
#[derive(Default)]
pub(crate) struct Bridged {
    /// The span that their API called current when the frame was entered, or the frame's own if it attached it.
    seen: SpanId,
    /// What was current before the frame attached its own.
    below: SpanId,
    is_attached: bool,
    /// What a future attaches at each poll.
    prepared: Option<OtelContext>,
}

impl Bridged {
    #[inline]
    pub(crate) fn is_attached(&self) -> bool {
        self.is_attached
    }

    #[inline]
    pub(crate) fn is_used(&self) -> bool {
        self.is_attached || self.prepared.is_some()
    }
}

/// What their API calls current.
struct Seen {
    span_id: SpanId,
    is_suppressed: bool,
}

/// `None` on a thread that is ending.
fn seen() -> Option<Seen> {
    ALIVE.try_with(|_| ()).ok()?;
    Some(OtelContext::map_current(|context| Seen {
        span_id: from_span_id(context.span().span_context().span_id()),
        is_suppressed: context.is_telemetry_suppressed(),
    }))
}

/// Whether `top` is innermost, so that a new frame is its child. Remembers where the new one is.
#[inline]
pub(crate) fn is_under(top: Option<&Frame>, next: &mut Frame) -> bool {
    let Some(seen) = seen() else { return true };
    next.bridged.seen = seen.span_id;
    let remembered = top.map_or(SpanId::INVALID, |top| top.bridged.seen);
    !seen.is_suppressed && seen.span_id == remembered
}

/// Whether a frame under `top` that is not of a future attaches a context.
#[inline]
pub(crate) fn attaches_child(top: Option<&Frame>, kind: SpanKind) -> bool {
    attaches(top.is_none() || kind != SpanKind::Internal)
}

fn attaches(is_boundary: bool) -> bool {
    match LEVEL.load(Ordering::Relaxed) {
        level if level == Level::All as u8 => true,
        level if level == Level::Boundaries as u8 => is_boundary,
        _ => false,
    }
}

/// Before a frame is pushed: attaches its context, if it is one that does, and remembers where it is.
#[inline]
pub(crate) fn entering(local: &Local, frame: &mut Frame, is_polled: bool) {
    if is_installed() {
        enter(local, frame, is_polled);
    }
}

#[inline(never)]
fn enter(local: &Local, frame: &mut Frame, is_polled: bool) {
    let Some(seen) = seen() else { return };
    frame.bridged.seen = seen.span_id;
    let Identity { parent_id, bits, span_id, .. } = frame.identity;
    let is_local_root = !parent_id.is_valid() || bits.parent_is_remote();
    let is_boundary = is_polled || is_local_root || bits.kind() != SpanKind::Internal;
    let has_span = !matches!(frame.mode, Mode::Attached | Mode::Suppressed) && span_id.is_valid();
    if seen.is_suppressed || !has_span || !attaches(is_boundary) {
        return;
    }
    let Some(context) = prepared(frame, is_polled) else { return };
    let guard = context.attach();
    if local.with_stack(|stack| stack.keep_attached(span_id, guard)).is_some() {
        frame.bridged = Bridged { seen: span_id, below: seen.span_id, is_attached: true, ..take(&mut frame.bridged) };
    }
}

fn prepared(frame: &mut Frame, is_polled: bool) -> Option<OtelContext> {
    if let Some(context) = &frame.bridged.prepared {
        return Some(context.clone());
    }
    let context = WITH_SPAN.get()?(Span::of(frame));
    if is_polled {
        frame.bridged.prepared = Some(context.clone());
    }
    Some(context)
}

/// After a frame was taken off: detaches its context.
#[inline]
pub(crate) fn leaving(local: &Local, frame: &mut Frame) {
    if frame.bridged.is_attached {
        frame.bridged.is_attached = false;
        let guard = local.with_stack(|stack| stack.take_attached(frame.identity.span_id)).flatten();
        // Here, where nothing is borrowed: spans of others may end with it.
        drop(guard);
    }
}

/// The same for good.
#[inline]
pub(crate) fn ended(local: &Local, frame: &mut Frame) {
    leaving(local, frame);
    if frame.bridged.prepared.is_some() {
        frame.bridged.prepared = None;
    }
}

/// The same where it may have been taken out from under others: those that had seen its span have now seen what is
/// below it.
#[inline]
pub(crate) fn taken_out(local: &Local, frame: &mut Frame, was_top: bool) {
    if !was_top && frame.bridged.is_attached {
        uncover(local, frame.identity.span_id, frame.bridged.below);
    }
    ended(local, frame);
}

#[cold]
fn uncover(local: &Local, span_id: SpanId, below: SpanId) {
    local.with_stack(|stack| {
        stack.frames_mut().filter(|frame| frame.bridged.seen == span_id).for_each(|frame| frame.bridged.seen = below);
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
    let seen = seen()?;
    let (remembered, own) = local.with_stack(|stack| {
        stack.top().map_or_else(Default::default, |top| (top.bridged.seen, top.identity.span_id))
    })?;
    let is_below = seen.span_id == remembered || seen.span_id == own || !seen.span_id.is_valid();
    if is_below && !seen.is_suppressed {
        return None;
    }
    let mut frame = Box::<Frame>::default();
    if seen.is_suppressed {
        frame.mode = Mode::Suppressed;
        return Some(frame);
    }
    let span = OtelContext::map_current(|context| from_span_context(context.span().span_context()));
    match bridged_spans::find(&span) {
        _ if !span.is_valid() => return None,
        Some(Found::Recording(shared)) => fill_with_span(&mut frame, shared),
        Some(Found::Context(context)) => fill_with_context(&mut frame, context),
        None => fill_with_context(&mut frame, adopt_in(local, span)),
    }
    Some(frame)
}

/// The context of a span that one of their contexts holds.
pub(crate) fn adopt(span: SpanContext) -> Context {
    match bridged_spans::find(&span) {
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
    Context { span, extras: None, origin: Origin { provider: around.origin.provider, ..Origin::default() } }
}
