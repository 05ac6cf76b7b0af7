//! Protobuf primitives, and the field numbers of `opentelemetry/proto/trace/v1/trace.proto`.

/// A field's tag: its number and its wire type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag(pub(crate) u8);

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH: u8 = 2;
const FIXED32: u8 = 5;

const fn one_byte(number: u8, wire_type: u8) -> Tag {
    assert!(number < 16, "a tag of one byte holds numbers up to 15");
    Tag(number << 3 | wire_type)
}

/// `AnyValue`.
pub(crate) mod any_value {
    use super::{FIXED64, LENGTH, Tag, VARINT, one_byte};
    pub(crate) const STRING: Tag = one_byte(1, LENGTH);
    pub(crate) const BOOL: Tag = one_byte(2, VARINT);
    pub(crate) const INT: Tag = one_byte(3, VARINT);
    pub(crate) const DOUBLE: Tag = one_byte(4, FIXED64);
    pub(crate) const ARRAY: Tag = one_byte(5, LENGTH);
    pub(crate) const MAP: Tag = one_byte(6, LENGTH);
    pub(crate) const BYTES: Tag = one_byte(7, LENGTH);
    /// `ArrayValue.values` and `KeyValueList.values`.
    pub(crate) const ELEMENT: Tag = one_byte(1, LENGTH);
}

/// `KeyValue`.
pub(crate) mod key_value {
    use super::{LENGTH, Tag, one_byte};
    pub(crate) const KEY: Tag = one_byte(1, LENGTH);
    pub(crate) const VALUE: Tag = one_byte(2, LENGTH);
}

/// `Span`. `flags` (16) needs a tag of two bytes.
pub(crate) mod span {
    use super::{FIXED64, LENGTH, Tag, VARINT, one_byte};
    pub(crate) const TRACE_ID: Tag = one_byte(1, LENGTH);
    pub(crate) const SPAN_ID: Tag = one_byte(2, LENGTH);
    pub(crate) const TRACE_STATE: Tag = one_byte(3, LENGTH);
    pub(crate) const PARENT_SPAN_ID: Tag = one_byte(4, LENGTH);
    pub(crate) const NAME: Tag = one_byte(5, LENGTH);
    pub(crate) const KIND: Tag = one_byte(6, VARINT);
    pub(crate) const START: Tag = one_byte(7, FIXED64);
    pub(crate) const END: Tag = one_byte(8, FIXED64);
    pub(crate) const ATTRIBUTE: Tag = one_byte(9, LENGTH);
    pub(crate) const DROPPED_ATTRIBUTES: Tag = one_byte(10, VARINT);
    pub(crate) const EVENT: Tag = one_byte(11, LENGTH);
    pub(crate) const DROPPED_EVENTS: Tag = one_byte(12, VARINT);
    pub(crate) const LINK: Tag = one_byte(13, LENGTH);
    pub(crate) const DROPPED_LINKS: Tag = one_byte(14, VARINT);
    pub(crate) const STATUS: Tag = one_byte(15, LENGTH);
    pub(crate) const FLAGS: [u8; 2] = [0x85, 0x01];
}

/// `Span.Event`.
pub(crate) mod event {
    use super::{FIXED64, LENGTH, Tag, VARINT, one_byte};
    pub(crate) const TIME: Tag = one_byte(1, FIXED64);
    pub(crate) const NAME: Tag = one_byte(2, LENGTH);
    pub(crate) const ATTRIBUTE: Tag = one_byte(3, LENGTH);
    pub(crate) const DROPPED_ATTRIBUTES: Tag = one_byte(4, VARINT);
}

/// `Span.Link`.
pub(crate) mod link {
    use super::{FIXED32, LENGTH, Tag, VARINT, one_byte};
    pub(crate) const TRACE_ID: Tag = one_byte(1, LENGTH);
    pub(crate) const SPAN_ID: Tag = one_byte(2, LENGTH);
    pub(crate) const TRACE_STATE: Tag = one_byte(3, LENGTH);
    pub(crate) const ATTRIBUTE: Tag = one_byte(4, LENGTH);
    pub(crate) const DROPPED_ATTRIBUTES: Tag = one_byte(5, VARINT);
    pub(crate) const FLAGS: Tag = one_byte(6, FIXED32);
}

/// `Status`.
pub(crate) mod status {
    use super::{LENGTH, Tag, VARINT, one_byte};
    pub(crate) const MESSAGE: Tag = one_byte(2, LENGTH);
    pub(crate) const CODE: Tag = one_byte(3, VARINT);
}

/// `ExportTraceServiceRequest`, `ResourceSpans`, `ScopeSpans`, `Resource`, `InstrumentationScope`.
pub(crate) mod request {
    use super::{LENGTH, Tag, one_byte};
    pub(crate) const RESOURCE_SPANS: Tag = one_byte(1, LENGTH);
    pub(crate) const RESOURCE: Tag = one_byte(1, LENGTH);
    pub(crate) const SCOPE_SPANS: Tag = one_byte(2, LENGTH);
    pub(crate) const SCHEMA_URL: Tag = one_byte(3, LENGTH);
    pub(crate) const RESOURCE_ATTRIBUTE: Tag = one_byte(1, LENGTH);
    pub(crate) const SCOPE: Tag = one_byte(1, LENGTH);
    pub(crate) const SPAN: Tag = one_byte(2, LENGTH);
    pub(crate) const SCOPE_NAME: Tag = one_byte(1, LENGTH);
    pub(crate) const SCOPE_VERSION: Tag = one_byte(2, LENGTH);
}

/// `ExportTraceServiceResponse`, `ExportTracePartialSuccess`, `google.rpc.Status`.
pub(crate) mod response {
    use super::{LENGTH, Tag, VARINT, one_byte};
    pub(crate) const PARTIAL_SUCCESS: Tag = one_byte(1, LENGTH);
    pub(crate) const REJECTED_SPANS: Tag = one_byte(1, VARINT);
    pub(crate) const ERROR_MESSAGE: Tag = one_byte(2, LENGTH);
    pub(crate) const STATUS_MESSAGE: Tag = one_byte(2, LENGTH);
    pub(crate) const STATUS_DETAIL: Tag = one_byte(3, LENGTH);
    /// `google.protobuf.Any`.
    pub(crate) const ANY_TYPE: Tag = one_byte(1, LENGTH);
    pub(crate) const ANY_VALUE: Tag = one_byte(2, LENGTH);
    /// `google.rpc.RetryInfo`, `google.protobuf.Duration`.
    pub(crate) const RETRY_DELAY: Tag = one_byte(1, LENGTH);
    pub(crate) const SECONDS: Tag = one_byte(1, VARINT);
    pub(crate) const NANOS: Tag = one_byte(2, VARINT);
}

/// Appends `value` as a varint.
#[inline]
pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// How many bytes [`varint`] appends: 1 to 10.
#[inline]
pub(crate) const fn varint_len(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

/// Appends a length-delimited field.
#[inline(always)]
pub(crate) fn bytes(out: &mut Vec<u8>, tag: Tag, value: &[u8]) {
    if value.len() < 0x80 {
        out.extend_from_slice(&[tag.0, value.len() as u8]);
    } else {
        out.push(tag.0);
        varint(out, value.len() as u64);
    }
    out.extend_from_slice(value);
}

/// Appends a varint field.
#[inline]
pub(crate) fn number(out: &mut Vec<u8>, tag: Tag, value: u64) {
    if value < 0x80 {
        out.extend_from_slice(&[tag.0, value as u8]);
    } else if value < 1 << 56 {
        let length = varint_len(value);
        fixed64(out, tag, spread(value, length));
        out.truncate(out.len() - (8 - length));
    } else {
        out.push(tag.0);
        varint(out, value);
    }
}

/// A varint of `length` bytes, at most eight, as a little-endian word: groups of seven bits are moved apart in three
/// steps, without a branch for each byte.
#[inline]
const fn spread(value: u64, length: usize) -> u64 {
    let halves = value & 0x0fff_ffff | (value & 0xff_ffff_f000_0000) << 4;
    let quarters = halves & 0x3fff_0000_3fff | (halves & 0xfff_c000_0fff_c000) << 2;
    let bytes = quarters & 0x007f_007f_007f_007f | (quarters & 0x3f80_3f80_3f80_3f80) << 1;
    let continued = 0x0080_8080_8080_8080 >> (8 * (8 - length));
    bytes | continued
}

/// Appends a fixed64 field.
#[inline]
pub(crate) fn fixed64(out: &mut Vec<u8>, tag: Tag, value: u64) {
    let mut field = [tag.0; 9];
    field[1..].copy_from_slice(&value.to_le_bytes());
    out.extend_from_slice(&field);
}

/// Appends a fixed32 field.
#[inline]
pub(crate) fn fixed32(out: &mut Vec<u8>, tag: Tag, value: u32) {
    out.push(tag.0);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a length-delimited field whose content `write` appends.
///
/// The length takes one byte for up to 127 bytes of content; longer content is moved to make room.
#[inline(always)]
pub(crate) fn nested<R>(out: &mut Vec<u8>, tag: Tag, write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    out.extend_from_slice(&[tag.0, 0]);
    let start = out.len();
    let result = write(out);
    close(out, start);
    result
}

/// Appends a field with a `KeyValue`, whose value's content `write` appends.
#[inline(always)]
pub(crate) fn key_value(out: &mut Vec<u8>, tag: Tag, key: &str, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len() + 2;
    if key.len() < 0x80 {
        out.extend_from_slice(&[tag.0, 0, key_value::KEY.0, key.len() as u8]);
        out.extend_from_slice(key.as_bytes());
    } else {
        out.extend_from_slice(&[tag.0, 0]);
        bytes(out, key_value::KEY, key.as_bytes());
    }
    nested(out, key_value::VALUE, write);
    close(out, start);
}

/// Writes the length of a field whose content begins at `start`, just after the length's place.
#[inline]
pub(super) fn close(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start;
    match out.get_mut(start - 1) {
        Some(place) if length < 0x80 => *place = length as u8,
        _ => widen_length(out, start, length),
    }
}

#[cold]
fn widen_length(out: &mut Vec<u8>, start: usize, length: usize) {
    let extra = varint_len(length as u64) - 1;
    let end = out.len();
    out.resize(end + extra, 0);
    out.copy_within(start..end, start + extra);
    let mut rest = length as u64;
    for byte in &mut out[start - 1..start + extra] {
        *byte = rest as u8 | 0x80;
        rest >>= 7;
    }
    out[start + extra - 1] &= 0x7f;
}

/// One field as it stands in a message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Content<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl<'a> Content<'a> {
    /// The bytes of a length-delimited field; empty for others.
    pub(crate) const fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// The text of a length-delimited field. What we wrote is UTF-8; anything else reads as empty.
    pub(crate) fn as_str(self) -> &'a str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The number of a numeric field; 0 for others.
    pub(crate) const fn as_u64(self) -> u64 {
        match self {
            Self::Varint(number) | Self::Fixed64(number) => number,
            Self::Fixed32(number) => number as u64,
            Self::Bytes(_) => 0,
        }
    }
}

/// Iterates over the fields of a message. Malformed input ends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

/// One field with its number and the bytes it takes up, tag included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) number: u64,
    pub(crate) content: Content<'a>,
    pub(crate) whole: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        let start = self.rest;
        let (key, rest) = read_varint(start)?;
        let (content, rest) = match (key & 7) as u8 {
            VARINT => read_varint(rest).map(|(number, rest)| (Content::Varint(number), rest))?,
            FIXED64 => {
                let (number, rest) = rest.split_first_chunk()?;
                (Content::Fixed64(u64::from_le_bytes(*number)), rest)
            }
            FIXED32 => {
                let (number, rest) = rest.split_first_chunk()?;
                (Content::Fixed32(u32::from_le_bytes(*number)), rest)
            }
            LENGTH => {
                let (length, rest) = read_varint(rest)?;
                let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                (Content::Bytes(content), rest)
            }
            _ => return None,
        };
        self.rest = rest;
        Some(Field { number: key >> 3, content, whole: &start[..start.len() - rest.len()] })
    }
}

/// The first field with a tag; no bytes when there is none.
pub(super) fn find(message: &[u8], tag: Tag) -> Content<'_> {
    let field = Fields::new(message).find(|field| field.number == tag.number());
    field.map_or(Content::Bytes(&[]), |field| field.content)
}

#[inline]
fn read_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match bytes.split_first() {
        Some((byte, rest)) if *byte < 0x80 => Some((u64::from(*byte), rest)),
        _ => read_long_varint(bytes),
    }
}

fn read_long_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

impl Tag {
    /// The field number.
    pub(crate) const fn number(self) -> u64 {
        (self.0 >> 3) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_round_trip() {
        for shift in 0..64 {
            for value in [1_u64 << shift, (1 << shift) - 1, u64::MAX >> shift] {
                let mut out = Vec::new();
                varint(&mut out, value);
                assert_eq!(out.len(), varint_len(value), "{value}");
                assert_eq!(read_varint(&out), Some((value, &[][..])));
                let mut field = vec![7];
                number(&mut field, any_value::INT, value);
                assert_eq!(field, [&[7, any_value::INT.0], &out[..]].concat(), "{value}");
            }
        }
    }

    #[test]
    fn nested_lengths_widen() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 3_000_000] {
            let mut out = vec![7];
            nested(&mut out, span::ATTRIBUTE, |out| out.resize(out.len() + length, 9));
            let mut expected = vec![7];
            bytes(&mut expected, span::ATTRIBUTE, &vec![9; length]);
            assert!(out == expected, "{length}");
        }
    }

    #[test]
    fn malformed_input_ends_the_iteration() {
        for bytes in [&[0x4a, 5, 1][..], &[0xff; 12], &[0x09, 1], &[0x0d], &[0x0b]] {
            assert_eq!(Fields::new(bytes).count(), 0, "{bytes:?}");
        }
    }
}
