//! What all spans of a call site share, as OTLP has it.

use super::encode;
use super::proto::{self, span};
use crate::model::limits::ValueLimits;
use crate::model::value::Value;

/// The encoded static fields of a call site.
#[derive(Debug)]
pub(crate) struct EncodedSite {
    /// The name, then all attributes.
    all: Box<[u8]>,
    name_bytes: usize,
    attributes: Vec<Box<[u8]>>,
}

impl EncodedSite {
    pub(super) fn new(name: &str, attributes: Vec<(&str, Value)>) -> Self {
        let mut all = Vec::new();
        proto::bytes(&mut all, span::NAME, name.as_bytes());
        let name_bytes = all.len();
        let encode = |(key, value): (&str, _)| {
            let mut field = Vec::new();
            encode::attribute(&mut field, key, &value, ValueLimits::NONE);
            field.into_boxed_slice()
        };
        let attributes: Vec<_> = attributes.into_iter().map(encode).collect();
        attributes.iter().for_each(|field| all.extend_from_slice(field));
        Self { all: all.into(), name_bytes, attributes }
    }

    /// Each attribute as a whole field.
    pub(super) fn attributes(&self) -> &[Box<[u8]>] {
        &self.attributes
    }

    /// How many bytes there are at most.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Writes the name, unless the span has its own, and the attributes that the span has not masked.
    #[inline]
    pub(super) fn write(&self, out: &mut Vec<u8>, has_own_name: bool, masked: u32) {
        if masked == 0 {
            out.extend_from_slice(&self.all[if has_own_name { self.name_bytes } else { 0 }..]);
            return;
        }
        if !has_own_name {
            out.extend_from_slice(&self.all[..self.name_bytes]);
        }
        for (index, field) in self.attributes.iter().enumerate() {
            if masked >> index & 1 == 0 {
                out.extend_from_slice(field);
            }
        }
    }
}
