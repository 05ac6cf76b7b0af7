//! One entry of the stack.

use std::any::Any;
use std::sync::Arc;

use super::identity::Identity;
use super::measuring::Measuring;
use super::mirror_span::{self, MirrorSpan};
use super::shared::SharedSpan;
use crate::handoff::outbox;
use crate::model::id::SpanId;
use crate::tracer::context::{Context, Held};
use crate::wire::fields::Fields;

/// A span, or only a context.
#[derive(Default)]
pub(crate) struct Frame {
    pub(crate) identity: Identity,
    pub(crate) mode: Mode,
    pub(crate) policy: Policy,
    pub(crate) fields: Fields,
    pub(crate) measuring: Measuring,
    /// Whether its future is being dropped. Contexts that are passed on have the same id as others, so that the id alone
    /// does not tell.
    pub(crate) is_dropping: bool,
    /// Set once a handle exists: then the fields are in there.
    pub(crate) shared: Option<Arc<SharedSpan>>,
    /// By what another library leaves a frame that it entered.
    pub(crate) entered: Key,
    /// Where the frame is among another library's contexts.
    pub(crate) foreign: ForeignPlace,
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

/// How a span ends whose future is dropped before completion.
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

/// The token of frames that another library enters and leaves by ids of its own.
pub(super) const ENTERED: u64 = u64::MAX;

/// A span by the id that another library has for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Key {
    /// Who gives the ids.
    pub owner: u32,
    /// The span's id, as the owner counts them.
    pub id: u64,
}

/// Where a frame is among the other library's contexts.
#[derive(Default)]
pub(crate) struct ForeignPlace {
    /// The span that they called current when the frame was entered, or the frame's own if it attached it.
    pub(super) seen: SpanId,
    /// What was current before the frame attached its own.
    pub(super) below: SpanId,
    /// Of its context, or of the span that stands for it.
    pub(super) usage: ForeignUsage,
    /// Whether its context is attached.
    pub(super) is_in_contexts: bool,
    /// What a future attaches at each poll.
    pub(super) prepared: Option<Prepared>,
    /// The span of another library that stands for this one.
    pub(super) mirror: Option<Arc<dyn MirrorSpan>>,
}

/// Whether a frame's context is attached among the other library's, or the span entered that stands for it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ForeignUsage {
    #[default]
    None,
    /// It was, and will be again.
    Prepared,
    Attached,
}

impl ForeignPlace {
    /// Whether there is something to undo when the frame is left.
    #[inline]
    pub(crate) fn is_attached(&self) -> bool {
        self.usage == ForeignUsage::Attached
    }

    /// Whether there is, or will be again.
    #[inline]
    pub(crate) fn is_used(&self) -> bool {
        self.usage != ForeignUsage::None
    }

    /// What stands for a span that does not record, for its contexts to hold.
    fn held_mirror(&self) -> Option<Held> {
        self.mirror.as_ref().map(mirror_span::hold)
    }
}

/// A context of the other library, ready to be attached.
pub type Prepared = Box<dyn Any + Send + Sync>;

/// A span without a guard.
#[derive(Clone)]
pub enum Handle {
    /// A span that records, or has ended.
    Recording(Arc<SharedSpan>),
    /// An identity alone: not sampled, remote, or no span at all.
    Context(Context),
}

impl Handle {
    /// A handle to the span of a frame.
    #[inline]
    pub(crate) fn of(frame: &mut Frame) -> Self {
        if frame.is_recording() { Self::Recording(frame.share()) } else { Self::Context(frame.context()) }
    }

    /// The context of the span's children.
    pub(crate) fn context(&self) -> Context {
        match self {
            Self::Recording(shared) => shared.context(),
            Self::Context(context) => context.clone(),
        }
    }
}

impl Frame {
    /// Makes this a context that was made elsewhere, with the span that it holds.
    pub(super) fn enter_context(&mut self, mut context: Context) {
        let held = context.held.take();
        self.foreign.mirror = held.as_ref().and_then(mirror_span::held_in);
        let held = held.and_then(|held| held.downcast::<SharedSpan>().ok());
        let is_suppressed = context.origin.is_suppressed;
        match held {
            Some(shared) if !is_suppressed && shared.is_of_this_process() => {
                let identity = Identity { extras: context.extras, ..shared.identity.clone() };
                self.identity = identity;
                self.shared = Some(shared);
                self.mode = Mode::Borrowed;
            }
            other => {
                self.mode = if is_suppressed { Mode::Suppressed } else { Mode::Attached };
                self.identity = Identity::from(context);
                // Kept even where it is of no use: to let go of the last handle is not for code that holds the stack.
                self.shared = other;
            }
        }
    }

    /// Makes this a span that somebody else ends. One of another process is only a context.
    pub(super) fn borrow_span(&mut self, shared: Arc<SharedSpan>) {
        if !shared.is_of_this_process() {
            return self.enter_context(shared.identity.context(false));
        }
        self.identity = shared.identity.clone();
        self.shared = Some(shared);
        self.mode = Mode::Borrowed;
    }

    /// Whether another library entered it, by its own id.
    #[inline]
    pub(super) fn is_entered_by_key(&self) -> bool {
        self.identity.start == ENTERED
    }

    /// The context of this frame's children.
    pub(crate) fn context(&self) -> Context {
        self.identity.context(self.mode == Mode::Suppressed)
    }

    /// The same with the span itself, if it records: from now on its fields are behind a lock.
    pub(crate) fn holding_context(&mut self) -> Context {
        let held = if self.is_recording() { Some(self.share() as Held) } else { self.foreign.held_mirror() };
        Context { held, ..self.context() }
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
        outbox::count_dropped_at_thread_exit(frame.identity.site_index());
    }
}
