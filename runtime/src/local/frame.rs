//! One entry of the stack.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::handoff::outbox;
use crate::model::id::{SpanId, TraceId};
use crate::model::span_context::SpanContext;
use crate::model::trace_state::TraceState;
use crate::tracer::context::{Context, Extras, Origin};
use crate::tracer::provider::Provider;
use crate::wire::fields::Fields;
use crate::wire::record::Bits;
use crate::wire::site::Site;

/// A span, or only a context.
#[derive(Default)]
pub(crate) struct Frame {
    pub(crate) identity: Identity,
    pub(crate) mode: Mode,
    pub(crate) policy: Policy,
    pub(crate) fields: Fields,
    /// Whether its future is being dropped. Contexts that are passed on have the same id as others, so that the id alone
    /// does not tell.
    pub(crate) is_dropping: bool,
    /// Set once a handle exists: then the fields are in there.
    pub(crate) shared: Option<Arc<SharedSpan>>,
    /// By what another library leaves a frame that it entered.
    #[cfg(feature = "tracing")]
    pub(crate) entered: super::external::Key,
    /// Where the frame is among OpenTelemetry's contexts.
    #[cfg(feature = "opentelemetry")]
    pub(crate) bridged: super::bridge::Bridged,
}

/// What a frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Mode {
    /// A context that was attached: another span is in charge of it, or none.
    #[default]
    Attached,
    /// A context in which no spans start.
    Suppressed,
    /// A context that a function or a future takes along instead of a span of its own.
    Passing,
    /// A span that is not recorded; its children are not either, unless a sampler says so.
    Unsampled,
    /// A recording span that ends with this frame.
    Recording,
    /// A recording span that somebody else ends.
    Borrowed,
}

/// What a future's span does when it is dropped before completion, and what a panic does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Policy {
    pub(crate) cancel: Cancel,
    pub(crate) panic: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { cancel: Cancel::Mark, panic: true }
    }
}

/// What a drop before completion says about the span.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Cancel {
    /// Nothing.
    Ok,
    /// The attribute `traced.cancelled` is true.
    #[default]
    Mark,
    /// That, and the status is an error.
    Error,
}

/// What does not change while a span lives.
#[derive(Clone, Default)]
pub(crate) struct Identity {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent_id: SpanId,
    /// Flags, kind, where it came from, and what children need to know of the provider.
    pub(crate) bits: Bits,
    pub(crate) start: u64,
    pub(crate) offset: i64,
    pub(crate) site: Option<&'static Site>,
    pub(crate) provider: Option<&'static Provider>,
    pub(crate) trace_state: TraceState,
    pub(crate) extras: Option<Arc<Extras>>,
}

impl Identity {
    pub(crate) fn span_context(&self) -> SpanContext {
        SpanContext {
            trace_id: self.trace_id,
            span_id: self.span_id,
            flags: self.bits.flags(),
            is_remote: self.bits.is_remote(),
            trace_state: self.trace_state.clone(),
        }
    }

    /// The context of this span's children.
    pub(crate) fn context(&self, is_suppressed: bool) -> Context {
        let has_base = self.site.is_some() || self.offset != 0;
        Context {
            span: self.span_context(),
            extras: self.extras.clone(),
            origin: Origin { provider: self.provider, offset: has_base.then_some(self.offset), is_suppressed },
        }
    }

    /// Whether there is something counted by reference.
    #[inline]
    pub(crate) fn has_extras(&self) -> bool {
        !self.trace_state.is_empty() || self.extras.is_some()
    }

    /// Lets go of what is counted by reference.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.has_extras() {
            self.trace_state = TraceState::default();
            self.extras = None;
        }
    }
}

impl From<Context> for Identity {
    fn from(context: Context) -> Self {
        Self {
            trace_id: context.span.trace_id,
            span_id: context.span.span_id,
            bits: Bits::of_context(context.span.flags, context.span.is_remote),
            trace_state: context.span.trace_state,
            extras: context.extras,
            offset: context.origin.offset.unwrap_or(0),
            provider: context.origin.provider.filter(|provider| provider.is_of_this_process()),
            ..Self::default()
        }
    }
}

/// A recording span that handles refer to, on any thread. The fields are gone once it has ended.
pub(crate) struct SharedSpan {
    pub(crate) identity: Identity,
    fields: Mutex<Option<Fields>>,
    has_ended: AtomicBool,
}

impl SharedSpan {
    pub(crate) fn new(identity: Identity, fields: Fields) -> Self {
        Self { identity, fields: Mutex::new(Some(fields)), has_ended: AtomicBool::new(false) }
    }

    /// Changes the fields, unless the span has ended.
    pub(crate) fn with_fields<R>(&self, change: impl FnOnce(&mut Fields) -> R) -> Option<R> {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(change)
    }

    /// Whether the span has ended, without asking for the lock.
    #[cfg(feature = "tracing")]
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Takes the fields: the span has ended. `None` when it had already.
    pub(crate) fn take_fields(&self) -> Option<Fields> {
        if self.has_ended.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.fields.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Frame {
    /// The context of this frame's children.
    pub(crate) fn context(&self) -> Context {
        self.identity.context(self.mode == Mode::Suppressed)
    }

    /// Whether it has attached a context of OpenTelemetry's.
    #[inline]
    pub(crate) fn is_attached(&self) -> bool {
        #[cfg(feature = "opentelemetry")]
        return self.bridged.is_attached();
        #[cfg(not(feature = "opentelemetry"))]
        false
    }

    /// Whether it has attached a context of OpenTelemetry's, or will again. One that records is shared then.
    #[inline]
    pub(crate) fn is_bridged(&self) -> bool {
        #[cfg(feature = "opentelemetry")]
        return self.bridged.is_used();
        #[cfg(not(feature = "opentelemetry"))]
        false
    }

    /// Whether a child is recorded, and takes over nothing but plain values.
    #[inline(always)]
    pub(crate) fn has_bare_children(&self) -> bool {
        self.is_recording() && self.identity.bits.is_plain_and_unlimited() && !self.identity.has_extras()
    }

    /// Whether nothing is shared, to be appended or to be let go of at the end, if it records.
    #[inline(always)]
    pub(crate) fn needs_no_care(&self) -> bool {
        !self.identity.has_extras() && self.shared.is_none() && self.fields.is_sealed()
    }

    /// Whether something said about the current span is recorded.
    #[inline]
    pub(crate) fn is_recording(&self) -> bool {
        matches!(self.mode, Mode::Recording | Mode::Borrowed)
    }

    /// Changes the fields of a recording span that has not ended.
    #[inline]
    pub(crate) fn with_fields<R>(&mut self, change: impl FnOnce(&mut Fields) -> R) -> Option<R> {
        match &self.shared {
            None => Some(change(&mut self.fields)),
            Some(shared) => shared.with_fields(change),
        }
    }

    /// A handle to the span; from now on the fields are behind a lock.
    pub(crate) fn share(&mut self) -> Arc<SharedSpan> {
        let (identity, fields) = (&self.identity, &mut self.fields);
        let shared =
            self.shared.get_or_insert_with(|| Arc::new(SharedSpan::new(identity.clone(), std::mem::take(fields))));
        Arc::clone(shared)
    }
}

/// Counts the span that a frame is in charge of as lost: its thread is past its end.
#[cold]
pub(super) fn lose(frame: &Frame) {
    let is_open = frame.shared.as_ref().is_none_or(|shared| shared.take_fields().is_some());
    if frame.mode == Mode::Recording && is_open {
        outbox::count_dropped_at_thread_exit();
    }
}
