//! The dynamic fields of one span while it records, already encoded.
//!
//! Values are encoded by [`encode`] with nothing borrowed, since that runs the user's `Display`, `Debug` and
//! [`AttributeValue`] code; [`Fields`] takes the bytes, or has them written in place where the span is on no stack, keeps
//! keys unique and counts against the limits.

use super::encode;
use super::key_set::KeySet;
use super::proto::{self, span, status};
use super::site::Site;
use super::value::AttributeValue;
use crate::model::limits::SpanLimits;
use crate::model::span_kind::SpanKind;
use crate::model::status::Status;

/// What one span has recorded so far.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) encoded: Vec<u8>,
    /// A bit for each key recorded or static, so that most new keys need no search. Collected when the first key comes
    /// that may have been there before; empty until then.
    keys: KeySet,
    /// The call site's attributes that were overwritten or did not fit, a bit each.
    pub(crate) masked: u32,
    /// Besides the call site's.
    attributes: Count,
    events: Count,
    links: Count,
    status: Code,
    /// The status's description; its memory is kept from span to span.
    description: String,
    name: Option<Box<str>>,
    /// The kind, instead of the one that it started with.
    kind: Option<SpanKind>,
    /// Whether the stack is recorded already, by this span or by one that it waited for.
    has_stack: bool,
    /// Whether [`seal`](Self::seal) has something to append.
    needs_seal: bool,
}

/// A status without its description.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Code {
    #[default]
    Unset,
    Ok,
    Error,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    kept: u32,
    dropped: u32,
}

impl Count {
    #[inline]
    fn admit(&mut self, limit: u32, needs_seal: &mut bool) -> bool {
        let fits = self.kept < limit;
        if fits {
            self.kept += 1;
        } else {
            self.dropped += 1;
            *needs_seal = true;
        }
        fits
    }
}

impl Fields {
    /// Makes ready for the next span, keeping the buffer. Whatever was recorded left bytes or something to be sealed.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if !self.encoded.is_empty() || self.needs_seal {
            self.clear_used();
        }
    }

    fn clear_used(&mut self) {
        /// One huge span does not pin its memory.
        const KEPT: usize = 4096;
        if self.encoded.capacity() > KEPT {
            self.encoded = Vec::new();
        }
        if self.description.capacity() > KEPT {
            self.description = String::new();
        }
        self.encoded.clear();
        self.keys = KeySet::default();
        self.masked = 0;
        self.attributes = Count::default();
        self.events = Count::default();
        self.links = Count::default();
        if self.needs_seal {
            self.name = None;
            self.kind = None;
            self.status = Code::Unset;
            self.has_stack = false;
            self.needs_seal = false;
        }
    }

    /// Whether there are events.
    pub(crate) const fn has_events(&self) -> bool {
        self.events.kept > 0
    }

    /// Makes the span that uses this next end as one of which something has to be sealed.
    pub(crate) fn end_with_care(&mut self) {
        self.needs_seal = true;
    }

    /// The memory that it holds.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.encoded.capacity() + self.description.capacity()
    }

    /// What a new span starts with when limits may cut that.
    pub(crate) fn begin(&mut self, site: &Site, limits: &SpanLimits) {
        if limits.reach_sites() {
            self.begin_limited(site, limits);
        }
    }

    /// The call site's own attributes count against the limits, too.
    #[cold]
    fn begin_limited(&mut self, site: &Site, limits: &SpanLimits) {
        let count = site.attribute_count();
        let fitting = count.min(limits.attributes);
        if fitting < count {
            self.attributes.dropped = count - fitting;
            self.needs_seal = true;
            self.masked = u32::MAX << fitting;
        }
        for (index, (key, value)) in site.static_attributes().into_iter().enumerate().take(fitting as usize) {
            let is_long = value.as_str().is_some_and(|text| limits.value().cut(text).len() < text.len());
            if is_long {
                self.masked |= 1 << index;
                encode::attribute(&mut self.encoded, key, &value, limits.value());
            }
        }
    }

    /// Counts an attribute with a new key, if the limit leaves room for it.
    #[inline]
    fn admit_attribute(&mut self, site: &Site, limits: &SpanLimits) -> bool {
        let left = limits.attributes.saturating_sub(site.attribute_count());
        self.attributes.admit(left, &mut self.needs_seal)
    }

    /// Encodes an attribute whose key is known not to be recorded yet. Runs the value's code.
    #[inline]
    pub(crate) fn unique_attribute(
        &mut self,
        site: &Site,
        limits: &SpanLimits,
        key: &str,
        value: &(impl AttributeValue + ?Sized),
    ) {
        if !value.is_present() {
            return;
        }
        if !self.keys.is_empty() {
            self.keys.insert(key.as_bytes());
        }
        if self.admit_attribute(site, limits) {
            encode::attribute(&mut self.encoded, key, value, limits.value());
        }
    }

    /// Adds a key and says whether it is there already: then its value is removed.
    fn replaces(&mut self, site: &Site, key: &str) -> bool {
        if self.encoded.is_empty() && !KeySet(site.keys()).may_have(key.as_bytes()) {
            return false;
        }
        if self.keys.is_empty() {
            self.collect_keys(site);
        }
        self.keys.insert(key.as_bytes()) && self.forget(site, key)
    }

    fn collect_keys(&mut self, site: &Site) {
        self.keys = KeySet(site.keys());
        encode::collect_keys(&mut self.keys, &self.encoded, span::ATTRIBUTE);
    }

    /// Takes an encoded attribute; the same key again overwrites, also at the limit.
    pub(crate) fn attribute(&mut self, site: &Site, limits: &SpanLimits, key: &str, encoded: &[u8]) {
        if self.replaces(site, key) || self.admit_attribute(site, limits) {
            self.encoded.extend_from_slice(encoded);
        }
    }

    /// The same for a span that is on no stack: the value is encoded in place, which runs its code.
    pub(crate) fn write_attribute(
        &mut self,
        site: &Site,
        limits: &SpanLimits,
        key: &str,
        value: &(impl AttributeValue + ?Sized),
    ) {
        if self.replaces(site, key) || self.admit_attribute(site, limits) {
            encode::attribute(&mut self.encoded, key, value, limits.value());
        }
    }

    /// Removes the value of a key, dynamic or static. Says whether there was one.
    fn forget(&mut self, site: &Site, key: &str) -> bool {
        let mut at = 0;
        for field in proto::Fields::new(&self.encoded) {
            let end = at + field.whole.len();
            let is_attribute = field.number == span::ATTRIBUTE.number();
            if is_attribute && encode::has_key(field.content.as_bytes(), key) {
                self.encoded.drain(at..end);
                return true;
            }
            at = end;
        }
        let place = site.static_keys().position(|own| own == key);
        let unmasked = place.filter(|place| self.masked >> place & 1 == 0);
        if let Some(place) = unmasked {
            self.masked |= 1 << place;
        }
        unmasked.is_some()
    }

    /// Takes an event: what [`encode::event_at`] wrote.
    #[inline(always)]
    pub(crate) fn event(&mut self, limits: &SpanLimits, encoded: &[u8]) {
        if self.events.admit(limits.events, &mut self.needs_seal) {
            self.encoded.extend_from_slice(encoded);
        }
    }

    /// The same for a span that is on no stack: the event is encoded in place.
    #[inline]
    pub(crate) fn write_event(
        &mut self,
        limits: &SpanLimits,
        unix_nanos: u64,
        name: &str,
        fill: impl FnOnce(&mut encode::List<'_>),
    ) {
        if self.events.admit(limits.events, &mut self.needs_seal) {
            encode::event_at(&mut self.encoded, unix_nanos, |out| encode::event(out, name, limits, fill));
        }
    }

    /// Takes a link: what [`encode::useful_link`] wrote.
    pub(crate) fn link(&mut self, limits: &SpanLimits, encoded: &[u8]) {
        if self.links.admit(limits.links, &mut self.needs_seal) {
            proto::bytes(&mut self.encoded, span::LINK, encoded);
        }
    }

    /// Follows the order `Ok` over `Error` over `Unset`: `Ok` is final, the last error wins.
    pub(crate) fn set_status(&mut self, status: Status) {
        match status {
            Status::Unset => {}
            Status::Error { description } => self.set_error(description.into_owned()),
            Status::Ok => {
                self.status = Code::Ok;
                self.needs_seal = true;
            }
        }
    }

    /// The same for an error.
    pub(crate) fn set_error(&mut self, description: String) {
        self.description = description;
        if self.status != Code::Ok {
            self.status = Code::Error;
            self.needs_seal = true;
        }
    }

    /// An empty text whose memory the last description had, for the next one.
    pub(crate) fn take_description(&mut self) -> String {
        let mut text = std::mem::take(&mut self.description);
        text.clear();
        text
    }

    /// Whether the status is an error so far.
    pub(crate) fn is_error(&self) -> bool {
        self.status == Code::Error
    }

    /// Replaces the span's name.
    pub(crate) fn set_name(&mut self, name: &str) {
        self.name = Some(name.into());
        self.needs_seal = true;
    }

    /// Replaces the span's kind.
    pub(crate) fn set_kind(&mut self, kind: SpanKind) {
        self.kind = Some(kind);
        self.needs_seal = true;
    }

    /// The kind that replaces the one that the span started with.
    pub(crate) fn kind(&self) -> Option<SpanKind> {
        self.kind
    }

    /// Whether nothing is to be appended at the end, besides the trace state.
    #[inline]
    pub(crate) fn is_sealed(&self) -> bool {
        !self.needs_seal
    }

    /// Whether an error's stack is recorded already: where it first left a span.
    pub(crate) fn has_stack(&self) -> bool {
        self.has_stack
    }

    /// Notes that it is.
    pub(crate) fn note_stack(&mut self) {
        self.has_stack = true;
        self.needs_seal = true;
    }

    /// Has the end go by the way that looks at everything.
    pub(crate) fn require_seal_if(&mut self, is_asked_for: bool) {
        self.needs_seal |= is_asked_for;
    }

    /// The span's own name, if it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Appends what is only known at the end. Says whether anything was dropped.
    pub(crate) fn seal(&mut self, trace_state: &str) -> bool {
        let out = &mut self.encoded;
        if let Some(name) = &self.name {
            proto::bytes(out, span::NAME, name.as_bytes());
        }
        if !trace_state.is_empty() {
            proto::bytes(out, span::TRACE_STATE, trace_state.as_bytes());
        }
        match self.status {
            Code::Unset => {}
            Code::Ok => out.extend_from_slice(&[span::STATUS.0, 2, status::CODE.0, 1]),
            Code::Error => proto::nested(out, span::STATUS, |out| {
                if !self.description.is_empty() {
                    proto::bytes(out, status::MESSAGE, self.description.as_bytes());
                }
                proto::number(out, status::CODE, 2);
            }),
        }
        let [attributes, events, links] = [self.attributes.dropped, self.events.dropped, self.links.dropped];
        let has_dropped = attributes | events | links != 0;
        if has_dropped {
            let counts =
                [(span::DROPPED_ATTRIBUTES, attributes), (span::DROPPED_EVENTS, events), (span::DROPPED_LINKS, links)];
            for (tag, dropped) in counts.into_iter().filter(|(_, dropped)| *dropped > 0) {
                proto::number(out, tag, dropped.into());
            }
        }
        has_dropped
    }
}
