//! Attributes, events and links as bytes. This runs the user's `Display`, `Debug` and [`AttributeValue`] code, so
//! nothing may be borrowed meanwhile.

use super::key_set::KeySet;
use super::proto::{self, event, key_value, link, span};
use super::value::{AttributeValue, ValueWriter, write_key_value};
use crate::model::limits::{SpanLimits, ValueLimits};
use crate::model::span_context::SpanContext;
use crate::model::value::KeyValue;
use crate::process::diagnostics::warn_once;

/// A span's attribute, as a whole field.
#[inline]
pub(crate) fn attribute(out: &mut Vec<u8>, key: &str, value: &(impl AttributeValue + ?Sized), limits: ValueLimits) {
    write_key_value(out, span::ATTRIBUTE, key, value, limits);
}

/// Says that an attribute was left out.
#[cold]
pub(crate) fn warn_empty_key() {
    warn_once("empty attribute key", || {
        "an attribute with an empty key was dropped; OpenTelemetry attributes need a key".to_owned()
    });
}

/// Whether an encoded `KeyValue`, as [`write_key_value`] wrote it, has this key.
#[inline]
pub(super) fn has_key(message: &[u8], key: &str) -> bool {
    let length = key.len();
    if length < 0x80 {
        let found = message.get(1).is_some_and(|found| usize::from(*found) == length);
        return found && message.get(2..2 + length) == Some(key.as_bytes());
    }
    key_of(message) == key.as_bytes()
}

/// The key of an encoded `KeyValue`, as [`write_key_value`] wrote it.
pub(super) fn key_of(message: &[u8]) -> &[u8] {
    let first = proto::Fields::new(message).next();
    first.filter(|field| field.number == key_value::KEY.number()).map_or(&[], |field| field.content.as_bytes())
}

/// Adds the keys of those fields that are attributes.
pub(super) fn collect_keys(keys: &mut KeySet, fields: &[u8], tag: proto::Tag) {
    for attribute in proto::Fields::new(fields).filter(|field| field.number == tag.number()) {
        keys.insert(key_of(attribute.content.as_bytes()));
    }
}

/// Writes the attributes of an event or a link: unique keys, counted against a limit.
#[derive(Debug)]
pub struct List<'a> {
    out: &'a mut Vec<u8>,
    tag: proto::Tag,
    start: usize,
    /// Collected when the first key comes that may have been there before; empty until then.
    keys: KeySet,
    kept: u32,
    dropped: u32,
    limit: u32,
    value_limits: ValueLimits,
}

impl List<'_> {
    /// Appends an attribute; the same key again overwrites. An empty key or absent value is left out.
    pub fn attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        if !value.is_present() {
            return;
        }
        if self.keys.is_empty() {
            collect_keys(&mut self.keys, &self.out[self.start..], self.tag);
        }
        if self.keys.insert(key.as_bytes()) && self.forget(key) {
            self.kept -= 1;
        }
        self.unique_attribute(key, value);
    }

    /// Appends an attribute whose key is known to be none of those before. An empty key or absent value is left out.
    #[inline(always)]
    pub fn unique_attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        if key.is_empty() {
            return warn_empty_key();
        }
        if !value.is_present() {
            return;
        }
        if self.kept == self.limit {
            self.dropped += 1;
            return;
        }
        self.kept += 1;
        if !self.keys.is_empty() {
            self.keys.insert(key.as_bytes());
        }
        write_key_value(self.out, self.tag, key, value, self.value_limits);
    }

    /// Appends attributes that are encoded already, with keys that no other one has.
    pub fn encoded(&mut self, fields: &[u8], count: u32) {
        self.out.extend_from_slice(fields);
        self.kept += count;
    }

    /// Writes the name of the event that has these attributes, formatted in place.
    pub fn name_of_event(&mut self, name: std::fmt::Arguments<'_>) {
        proto::nested(self.out, event::NAME, |out| super::value::append(out, &name));
    }

    fn forget(&mut self, key: &str) -> bool {
        let mut at = self.start;
        for field in proto::Fields::new(&self.out[self.start..]) {
            let end = at + field.whole.len();
            if field.number == self.tag.number() && has_key(field.content.as_bytes(), key) {
                self.out.drain(at..end);
                return true;
            }
            at = end;
        }
        false
    }
}

/// Text that is formatted straight into the buffer.
pub struct Formatted<'a>(pub std::fmt::Arguments<'a>);

impl AttributeValue for Formatted<'_> {
    #[inline]
    fn write(&self, out: ValueWriter<'_>) {
        out.format(self.0);
    }
}

/// An event, as a whole field of a span. `write` is one of the functions below.
#[inline]
pub(crate) fn event_at(out: &mut Vec<u8>, unix_nanos: u64, write: impl FnOnce(&mut Vec<u8>)) {
    let time = unix_nanos.to_le_bytes();
    // The tag, the length to come, and the time at once: there is room for them after one look.
    let mut head = [0; 11];
    [head[0], head[2]] = [span::EVENT.0, event::TIME.0];
    head[3..].copy_from_slice(&time);
    out.extend_from_slice(&head);
    let start = out.len() - 9;
    write(out);
    proto::close(out, start);
}

/// An event without its time.
#[inline]
pub(crate) fn event(out: &mut Vec<u8>, name: &str, limits: &SpanLimits, fill: impl FnOnce(&mut List<'_>)) {
    proto::bytes(out, event::NAME, name.as_bytes());
    event_attributes(out, limits, fill);
}

/// An event without its time, whose name is formatted in place.
pub fn event_named_by(
    out: &mut Vec<u8>,
    name: &dyn std::fmt::Display,
    limits: &SpanLimits,
    fill: impl FnOnce(&mut List<'_>),
) {
    proto::nested(out, event::NAME, |out| super::value::append(out, name));
    event_attributes(out, limits, fill);
}

/// The attributes of an event.
#[inline]
pub fn event_attributes(out: &mut Vec<u8>, limits: &SpanLimits, fill: impl FnOnce(&mut List<'_>)) {
    let dropped = list(out, event::ATTRIBUTE, limits.event_attributes, limits.value(), fill);
    if dropped > 0 {
        proto::number(out, event::DROPPED_ATTRIBUTES, dropped.into());
    }
}

/// A link. Flags say whether the linked span is remote, as the protocol's bits 8 and 9.
fn link(out: &mut Vec<u8>, context: &SpanContext, attributes: &[KeyValue], limits: &SpanLimits) {
    proto::bytes(out, link::TRACE_ID, &context.trace_id().to_bytes());
    proto::bytes(out, link::SPAN_ID, &context.span_id().to_bytes());
    if !context.trace_state().is_empty() {
        proto::bytes(out, link::TRACE_STATE, context.trace_state().as_str().as_bytes());
    }
    let dropped = list(out, link::ATTRIBUTE, limits.link_attributes, limits.value(), |list| {
        for KeyValue { key, value } in attributes {
            list.attribute(key, value);
        }
    });
    if dropped > 0 {
        proto::number(out, link::DROPPED_ATTRIBUTES, dropped.into());
    }
    let flags = super::record::wire_flags(context.trace_flags(), context.is_remote());
    proto::fixed32(out, link::FLAGS, flags);
}

/// An encoded link; one to an invalid context only if it says something else.
pub(crate) fn useful_link(limits: &SpanLimits, context: &SpanContext, attributes: &[KeyValue]) -> Option<Vec<u8>> {
    let says_something = context.is_valid() || !attributes.is_empty() || !context.trace_state().is_empty();
    says_something.then(|| {
        let mut encoded = Vec::new();
        link(&mut encoded, context, attributes, limits);
        encoded
    })
}

#[inline]
fn list(
    out: &mut Vec<u8>,
    tag: proto::Tag,
    limit: u32,
    value_limits: ValueLimits,
    fill: impl FnOnce(&mut List<'_>),
) -> u32 {
    let start = out.len();
    let keys = KeySet::default();
    let mut list = List { out, tag, start, keys, kept: 0, dropped: 0, limit, value_limits };
    fill(&mut list);
    list.dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_list_are_unique_in_whatever_order_they_come() {
        let mut encoded = Vec::new();
        event(&mut encoded, "e", &SpanLimits::default(), |list| {
            list.unique_attribute("first", &1);
            list.attribute("second", &2);
            list.unique_attribute("third", &3);
            list.attribute("third", &4);
            list.attribute("first", &5);
        });
        let attributes = proto::Fields::new(&encoded).filter(|field| field.number == event::ATTRIBUTE.number());
        let keys: Vec<_> = attributes.map(|attribute| key_of(attribute.content.as_bytes())).collect();
        assert_eq!(keys, [&b"second"[..], b"third", b"first"]);
    }
}
