//! A finished span on its way from its thread to the exporter thread: nine words, then the encoded dynamic fields
//! padded to whole words.
//!
//! | word | content |
//! |---|---|
//! | 0, 1 | trace id |
//! | 2 | span id |
//! | 3 | parent span id |
//! | 4, 5 | start and end, in ticks or (by a bit) Unix nanoseconds |
//! | 6 | the offset from ticks to Unix time |
//! | 7 | call site's index, mask of its overwritten attributes |
//! | 8 | bytes of dynamic fields, provider, bits |

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Timebase;
use crate::id::{SpanId, TraceFlags, TraceId};
use crate::kind::SpanKind;

/// Words of a record before the dynamic fields.
pub(crate) const HEAD_WORDS: usize = 9;

/// The longest record: 128 MiB. Requests give a span's length 28 bits. Longer ones are dropped and counted.
pub(crate) const MAX_RECORD_WORDS: usize = 16 << 20;

/// A header as its thread writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawHead {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent_id: SpanId,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) offset: i64,
    pub(crate) site: u32,
    pub(crate) masked: u32,
    pub(crate) dynamic_bytes: u32,
    pub(crate) provider: u16,
    pub(crate) bits: Bits,
}

/// The small facts of a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Bits(u16);

impl Bits {
    const FLAGS: u16 = 0b11;
    const PARENT_IS_REMOTE: u16 = 1 << 2;
    const HAS_OWN_NAME: u16 = 1 << 3;
    const IS_ERROR: u16 = 1 << 4;
    const START_IS_UNIX: u16 = 1 << 5;
    const END_IS_UNIX: u16 = 1 << 6;
    /// Of a context that was attached: it came from another process. Never in a record.
    const IS_REMOTE: u16 = 1 << 7;
    const KIND_SHIFT: u32 = 8;

    /// Those of a span.
    #[inline]
    pub(crate) const fn of_span(flags: TraceFlags, kind: SpanKind) -> Self {
        Self((flags.to_byte() as u16 & Self::FLAGS) | ((kind as u16) << Self::KIND_SHIFT))
    }

    /// Those of a context.
    pub(crate) const fn of_context(flags: TraceFlags, is_remote: bool) -> Self {
        Self(flags.to_byte() as u16 & Self::FLAGS).with(Self::IS_REMOTE, is_remote)
    }

    /// Those of a child with the same flags.
    #[inline]
    pub(crate) const fn child(self, kind: SpanKind) -> Self {
        Self(self.0 & Self::FLAGS | (kind as u16) << Self::KIND_SHIFT)
    }

    #[inline]
    const fn with(self, bit: u16, set: bool) -> Self {
        Self(if set { self.0 | bit } else { self.0 })
    }

    #[inline]
    const fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    pub(crate) const fn with_kind(self, kind: SpanKind) -> Self {
        Self(self.0 & !(u16::MAX << Self::KIND_SHIFT) | (kind as u16) << Self::KIND_SHIFT)
    }

    pub(crate) const fn with_remote_parent(self, set: bool) -> Self {
        self.with(Self::PARENT_IS_REMOTE, set)
    }

    pub(crate) const fn with_unix_start(self, set: bool) -> Self {
        self.with(Self::START_IS_UNIX, set)
    }

    pub(crate) const fn with_unix_end(self, set: bool) -> Self {
        self.with(Self::END_IS_UNIX, set)
    }

    pub(crate) const fn with_own_name(self, set: bool) -> Self {
        self.with(Self::HAS_OWN_NAME, set)
    }

    pub(crate) const fn with_error(self, set: bool) -> Self {
        self.with(Self::IS_ERROR, set)
    }

    #[inline]
    pub(crate) const fn flags(self) -> TraceFlags {
        TraceFlags::from_byte((self.0 & Self::FLAGS) as u8)
    }

    pub(crate) const fn is_remote(self) -> bool {
        self.has(Self::IS_REMOTE)
    }

    #[cfg(feature = "opentelemetry")]
    pub(crate) const fn parent_is_remote(self) -> bool {
        self.has(Self::PARENT_IS_REMOTE)
    }

    pub(crate) fn kind(self) -> SpanKind {
        SpanKind::from_otlp(u64::from(self.0 >> Self::KIND_SHIFT))
    }
}

impl RawHead {
    /// Stores the words of the record before its dynamic fields.
    #[inline(always)]
    pub(crate) fn store(&self, words: &[AtomicU64; HEAD_WORDS]) {
        let store = |place: usize, word: u64| words[place].store(word, Ordering::Relaxed);
        let trace_id = self.trace_id.to_u128();
        store(0, (trace_id >> 64) as u64);
        store(1, trace_id as u64);
        store(2, self.span_id.to_u64());
        store(3, self.parent_id.to_u64());
        store(4, self.start);
        store(5, self.end);
        store(6, self.offset.cast_unsigned());
        store(7, u64::from(self.site) | u64::from(self.masked) << 32);
        store(8, u64::from(self.dynamic_bytes) | u64::from(self.provider) << 32 | u64::from(self.bits.0) << 48);
    }

    #[inline(always)]
    fn from_words(words: [u64; HEAD_WORDS]) -> Self {
        Self {
            trace_id: TraceId::from_u128(u128::from(words[0]) << 64 | u128::from(words[1])),
            span_id: SpanId::from_u64(words[2]),
            parent_id: SpanId::from_u64(words[3]),
            start: words[4],
            end: words[5],
            offset: words[6].cast_signed(),
            site: words[7] as u32,
            masked: (words[7] >> 32) as u32,
            dynamic_bytes: words[8] as u32,
            provider: (words[8] >> 32) as u16,
            bits: Bits((words[8] >> 48) as u16),
        }
    }
}

/// Where a record goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Way {
    pub(crate) provider: u16,
    pub(crate) is_sampled: bool,
}

/// From the last word of a header: where the record goes, and how many words it takes.
#[inline]
pub(crate) fn way(last_word: u64) -> (Way, usize) {
    let way = Way { provider: (last_word >> 32) as u16, is_sampled: last_word >> 48 & 1 != 0 };
    (way, HEAD_WORDS + (last_word as u32 as usize).div_ceil(8))
}

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
    pub(crate) site: u32,
    /// The call site's attributes that the span's own ones replace, a bit each.
    pub(crate) masked: u32,
}

impl Head {
    pub(crate) const fn duration(&self) -> Duration {
        Duration::from_nanos(self.end.saturating_sub(self.start))
    }

    #[inline(always)]
    fn new(raw: RawHead, timebase: &Timebase) -> Self {
        let unix = |ticks, is_unix| if raw.bits.has(is_unix) { ticks } else { timebase.unix_nanos(ticks, raw.offset) };
        let start = unix(raw.start, Bits::START_IS_UNIX);
        Self {
            trace_id: raw.trace_id,
            span_id: raw.span_id,
            parent_id: raw.parent_id,
            start,
            end: unix(raw.end, Bits::END_IS_UNIX).max(start),
            flags: raw.bits.flags(),
            parent_is_remote: raw.bits.has(Bits::PARENT_IS_REMOTE),
            has_own_name: raw.bits.has(Bits::HAS_OWN_NAME),
            is_error: raw.bits.has(Bits::IS_ERROR),
            kind: raw.bits.kind(),
            site: raw.site,
            masked: raw.masked,
        }
    }
}

/// Takes the first record off `words`: its header, its dynamic fields, and the rest. Inlined, since moving a header that
/// was just written stalls the processor for longer than all of the rest takes.
#[inline(always)]
pub(crate) fn split_first<'a>(words: &'a [u64], timebase: &Timebase) -> Option<(Head, &'a [u8], &'a [u64])> {
    let (head, rest) = words.split_first_chunk::<HEAD_WORDS>()?;
    let raw = RawHead::from_words(*head);
    let length = raw.dynamic_bytes as usize;
    let (dynamic, rest) = rest.split_at_checked(length.div_ceil(8))?;
    Some((Head::new(raw, timebase), &bytemuck::cast_slice(dynamic)[..length], rest))
}
