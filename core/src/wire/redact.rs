//! Values that must not leave: replaced when a span ends, whoever recorded them.

use super::fields::Fields;
use super::proto::{self, Field, Tag, event, key_value, link, span};
use super::site::Site;
use super::value::write_key_value;
use crate::model::limits::ValueLimits;

/// What a redacted value is replaced by.
const REDACTED: &str = "[redacted]";

/// Replaces the values of these keys in a span, its events and its links.
#[cold]
pub(crate) fn redact(fields: &mut Fields, site: &Site, keys: &[String]) {
    let mut redacted = Vec::with_capacity(fields.encoded.len());
    for (index, (key, _)) in site.static_attributes().into_iter().enumerate() {
        if keys.contains(&key.to_owned()) && fields.masked >> index & 1 == 0 {
            fields.masked |= 1 << index;
            replace(&mut redacted, span::ATTRIBUTE, key);
        }
    }
    for field in proto::Fields::new(&fields.encoded) {
        match Part::of(&field) {
            Part::Attribute => copy_attribute(&mut redacted, span::ATTRIBUTE, &field, keys),
            Part::Holder { tag, attribute } => proto::nested(&mut redacted, tag, |out| {
                for field in proto::Fields::new(field.content.as_bytes()) {
                    if field.number == attribute.number() {
                        copy_attribute(out, attribute, &field, keys);
                    } else {
                        out.extend_from_slice(field.whole);
                    }
                }
            }),
            Part::Other => redacted.extend_from_slice(field.whole),
        }
    }
    fields.encoded = redacted;
}

/// Removes an attribute of a span.
#[cold]
pub(crate) fn remove(fields: &mut Fields, site: &Site, key: &str) {
    for (index, (own, _)) in site.static_attributes().into_iter().enumerate() {
        if own == key {
            fields.masked |= 1 << index;
        }
    }
    let is_removed = |field: &Field<'_>| {
        field.number == span::ATTRIBUTE.number()
            && proto::find(field.content.as_bytes(), key_value::KEY).as_str() == key
    };
    let mut kept = Vec::with_capacity(fields.encoded.len());
    for field in proto::Fields::new(&fields.encoded).filter(|field| !is_removed(field)) {
        kept.extend_from_slice(field.whole);
    }
    fields.encoded = kept;
}

/// What a field of a span is.
enum Part {
    Attribute,
    /// An event or a link, and what its attributes have as a tag there.
    Holder {
        tag: Tag,
        attribute: Tag,
    },
    Other,
}

impl Part {
    fn of(field: &Field<'_>) -> Self {
        match field.number {
            number if number == span::ATTRIBUTE.number() => Self::Attribute,
            number if number == span::EVENT.number() => Self::Holder { tag: span::EVENT, attribute: event::ATTRIBUTE },
            number if number == span::LINK.number() => Self::Holder { tag: span::LINK, attribute: link::ATTRIBUTE },
            _ => Self::Other,
        }
    }
}

fn copy_attribute(out: &mut Vec<u8>, tag: Tag, field: &Field<'_>, keys: &[String]) {
    let key = proto::find(field.content.as_bytes(), key_value::KEY).as_str();
    if keys.iter().any(|redacted| redacted == key) {
        replace(out, tag, key);
    } else {
        out.extend_from_slice(field.whole);
    }
}

fn replace(out: &mut Vec<u8>, tag: Tag, key: &str) {
    write_key_value(out, tag, key, REDACTED, ValueLimits::NONE);
}
