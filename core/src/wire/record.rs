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

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::model::id::{SpanId, TraceFlags, TraceId};
use crate::model::limits::SpanLimits;
use crate::model::span_kind::SpanKind;
use crate::process::clock::Timebase;

/// Words of a record before the dynamic fields.
pub const HEAD_WORDS: usize = 9;

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
    pub(crate) bits: Bits,
}

/// The small facts of a header: its last word, without the length of the dynamic fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Bits(u64);

impl Bits {
    const PROVIDER: u64 = 0xffff << Self::PROVIDER_SHIFT;
    const PROVIDER_SHIFT: u32 = 32;
    const FLAGS: u64 = 0b11 << Self::FLAGS_SHIFT;
    const FLAGS_SHIFT: u32 = 48;
    const PARENT_IS_REMOTE: u64 = 1 << 50;
    const HAS_OWN_NAME: u64 = 1 << 51;
    const IS_ERROR: u64 = 1 << 52;
    const START_IS_UNIX: u64 = 1 << 53;
    const END_IS_UNIX: u64 = 1 << 54;
    /// Of a context that was attached: it came from another process. Never in a record.
    const IS_REMOTE: u64 = 1 << 55;
    const KIND: u64 = 0b111 << Self::KIND_SHIFT;
    const KIND_SHIFT: u32 = 56;
    /// Of the provider: for children nothing has to be asked.
    const IS_PLAIN: u64 = 1 << 62;
    /// The same, and no limit may cut what call sites give every span.
    const IS_PLAIN_AND_UNLIMITED: u64 = 1 << 63;

    /// Those that all spans of a provider share.
    pub(crate) const fn of_provider(id: u16, is_plain: bool, limits: &SpanLimits) -> Self {
        let bits = Self((id as u64) << Self::PROVIDER_SHIFT);
        let is_unlimited = is_plain && !limits.reach_sites();
        bits.with(Self::IS_PLAIN, is_plain).with(Self::IS_PLAIN_AND_UNLIMITED, is_unlimited)
    }

    /// Those of a span, from those of its provider.
    #[inline]
    pub(crate) const fn of_span(self, flags: TraceFlags, kind: SpanKind) -> Self {
        self.with_flags(flags).with_kind(kind)
    }

    /// Those of a context.
    pub(crate) const fn of_context(flags: TraceFlags, is_remote: bool) -> Self {
        Self(0).with_flags(flags).with(Self::IS_REMOTE, is_remote)
    }

    /// Those of a child with the same flags and provider.
    #[inline]
    pub(crate) const fn child(self, kind: SpanKind) -> Self {
        let inherited = Self::FLAGS | Self::PROVIDER | Self::IS_PLAIN | Self::IS_PLAIN_AND_UNLIMITED;
        Self(self.0 & inherited | (kind.to_otlp() as u64) << Self::KIND_SHIFT)
    }

    /// The same when the provider is another process's.
    pub(crate) const fn without_provider(self) -> Self {
        Self(self.0 & !(Self::PROVIDER | Self::IS_PLAIN | Self::IS_PLAIN_AND_UNLIMITED))
    }

    #[inline]
    const fn with(self, bit: u64, set: bool) -> Self {
        Self(if set { self.0 | bit } else { self.0 })
    }

    #[inline]
    const fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }

    const fn with_flags(self, flags: TraceFlags) -> Self {
        Self(self.0 | (flags.to_byte() as u64) << Self::FLAGS_SHIFT & Self::FLAGS)
    }

    pub(crate) const fn with_kind(self, kind: SpanKind) -> Self {
        Self(self.0 & !Self::KIND | (kind.to_otlp() as u64) << Self::KIND_SHIFT)
    }

    pub(crate) const fn with_remote_parent(self, set: bool) -> Self {
        self.with(Self::PARENT_IS_REMOTE, set)
    }

    pub(crate) const fn with_unix_start(self, set: bool) -> Self {
        self.with(Self::START_IS_UNIX, set)
    }

    pub(crate) const fn has_unix_start(self) -> bool {
        self.has(Self::START_IS_UNIX)
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
        TraceFlags::from_byte((self.0 >> Self::FLAGS_SHIFT) as u8 & 0b11)
    }

    pub(crate) const fn is_remote(self) -> bool {
        self.has(Self::IS_REMOTE)
    }

    #[inline]
    pub(crate) const fn is_plain(self) -> bool {
        self.has(Self::IS_PLAIN)
    }

    #[inline]
    pub(crate) const fn is_plain_and_unlimited(self) -> bool {
        self.has(Self::IS_PLAIN_AND_UNLIMITED)
    }

    pub(crate) const fn parent_is_remote(self) -> bool {
        self.has(Self::PARENT_IS_REMOTE)
    }

    #[inline]
    pub(crate) fn kind(self) -> SpanKind {
        SpanKind::from_otlp((self.0 & Self::KIND) >> Self::KIND_SHIFT)
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
        store(8, u64::from(self.dynamic_bytes) | self.bits.0);
    }
}

/// The protocol's `flags`: bits 0 to 7 are the W3C flags, bit 8 says that bit 9 is known, bit 9 is "remote".
pub fn wire_flags(flags: TraceFlags, is_remote: bool) -> u32 {
    u32::from(flags.known().to_byte()) | 0x100 | u32::from(is_remote) << 9
}

/// Where a record goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Way {
    /// The provider's id.
    pub provider: u16,
    /// Whether exporters get it.
    pub is_sampled: bool,
}

/// From the last word of a header: where the record goes, and how many words it takes.
#[inline]
pub fn way(last_word: u64) -> (Way, usize) {
    let way = Way { provider: (last_word >> 32) as u16, is_sampled: last_word >> 48 & 1 != 0 };
    (way, HEAD_WORDS + (last_word as u32 as usize).div_ceil(8))
}

/// The header of a finished span, read where it is: a copy that was just written would have to wait for its own stores.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    words: &'a [u64; HEAD_WORDS],
    timebase: &'static Timebase,
}

impl<'a> Head<'a> {
    #[inline]
    pub(crate) fn new(words: &'a [u64; HEAD_WORDS]) -> Self {
        Self { words, timebase: Timebase::get() }
    }

    pub(crate) const fn words(self) -> &'a [u64; HEAD_WORDS] {
        self.words
    }

    /// The trace.
    #[inline]
    pub const fn trace_id(self) -> TraceId {
        TraceId::from_u128((self.words[0] as u128) << 64 | self.words[1] as u128)
    }

    /// The span.
    #[inline]
    pub const fn span_id(self) -> SpanId {
        SpanId::from_u64(self.words[2])
    }

    /// The parent; not valid for a root.
    #[inline]
    pub const fn parent_id(self) -> SpanId {
        SpanId::from_u64(self.words[3])
    }

    /// In Unix nanoseconds.
    #[inline]
    pub(crate) fn start(self) -> u64 {
        self.unix_nanos(self.words[4], Bits::START_IS_UNIX)
    }

    /// In Unix nanoseconds; never before the start.
    #[inline]
    pub(crate) fn end(self) -> u64 {
        self.unix_nanos(self.words[5], Bits::END_IS_UNIX).max(self.start())
    }

    #[inline]
    fn unix_nanos(self, time: u64, unix_bit: u64) -> u64 {
        if self.bits().has(unix_bit) { time } else { self.timebase.unix_nanos(time, self.words[6].cast_signed()) }
    }

    /// From start to end.
    pub fn duration(self) -> Duration {
        Duration::from_nanos(self.end().saturating_sub(self.start()))
    }

    #[inline]
    pub(crate) const fn site(self) -> u32 {
        self.words[7] as u32
    }

    /// The call site's attributes that the span's own ones replace, a bit each.
    #[inline]
    pub(crate) const fn masked(self) -> u32 {
        (self.words[7] >> 32) as u32
    }

    #[inline]
    const fn dynamic_bytes(self) -> usize {
        self.words[8] as u32 as usize
    }

    #[inline]
    const fn bits(self) -> Bits {
        Bits(self.words[8])
    }

    #[inline]
    pub(crate) const fn flags(self) -> TraceFlags {
        self.bits().flags()
    }

    /// Whether the parent is of another process.
    #[inline]
    pub const fn parent_is_remote(self) -> bool {
        self.bits().has(Bits::PARENT_IS_REMOTE)
    }

    #[inline]
    pub(crate) const fn has_own_name(self) -> bool {
        self.bits().has(Bits::HAS_OWN_NAME)
    }

    /// Whether the status is an error.
    pub const fn is_error(self) -> bool {
        self.bits().has(Bits::IS_ERROR)
    }

    #[inline]
    pub(crate) fn kind(self) -> SpanKind {
        self.bits().kind()
    }
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("parent_id", &self.parent_id())
            .field("start", &self.start())
            .field("end", &self.end())
            .field("flags", &self.flags())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

/// Takes the first record off `words`: its header, its dynamic fields, and the rest.
#[inline(always)]
pub fn split_first(words: &[u64]) -> Option<(Head<'_>, &[u8], &[u64])> {
    let (head, rest) = words.split_first_chunk::<HEAD_WORDS>()?;
    let head = Head::new(head);
    let length = head.dynamic_bytes();
    let (dynamic, rest) = rest.split_at_checked(length.div_ceil(8))?;
    Some((head, &bytemuck::cast_slice(dynamic)[..length], rest))
}

/// What a report counts of a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// The call site's index.
    pub site: u32,
    /// Whether it has no parent at all.
    pub is_root: bool,
    /// Whether its status is an error.
    pub is_error: bool,
}

/// Of the first of these records: what a report counts of it, where it goes, and how many words it has.
#[inline]
#[must_use]
pub fn look_at(words: &[AtomicU64]) -> Option<(Counted, Way, usize)> {
    let head: &[AtomicU64; HEAD_WORDS] = words.first_chunk()?;
    let read = |at: usize| head[at].load(Ordering::Relaxed);
    let last = read(HEAD_WORDS - 1);
    let counted = Counted { site: read(7) as u32, is_root: read(3) == 0, is_error: Bits(last).has(Bits::IS_ERROR) };
    let (way, length) = way(last);
    Some((counted, way, length))
}
