//! A finished span on its way from its thread to the exporter thread: nine words, then the encoded dynamic fields.

use crate::id::{SpanId, TraceFlags, TraceId};
use crate::kind::SpanKind;

/// Words of a record before the dynamic fields.
pub(crate) const HEAD_WORDS: usize = 9;

/// The header of a finished span, in Unix time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent_id: SpanId,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) flags: TraceFlags,
    pub(crate) parent_is_remote: bool,
    pub(crate) has_own_name: bool,
    pub(crate) is_error: bool,
    pub(crate) kind: SpanKind,
    /// The call site's attributes that the span's own ones replace, a bit each.
    pub(crate) masked: u32,
}
