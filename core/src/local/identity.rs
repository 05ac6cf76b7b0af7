//! What does not change while a span lives.

use std::sync::Arc;

use crate::model::id::{SpanId, TraceId};
use crate::model::span_context::SpanContext;
use crate::model::trace_state::TraceState;
use crate::tracer::context::{Context, Extras, Origin};
use crate::tracer::provider::Provider;
use crate::wire::record::Bits;
use crate::wire::site::Site;

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
            held: None,
        }
    }

    /// The number of the call site; 0 without one.
    pub(crate) fn site_index(&self) -> u32 {
        self.site.map_or(0, Site::index)
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
