//! Records become OTLP requests: what all spans of a call site share is encoded once and added here.

use super::proto::{self, request, span};
use super::record::wire_flags;
use super::site::Scope;
use super::value::write_key_value;
use super::view::SpanView;
use crate::model::limits::ValueLimits;
use crate::model::resource::Resource;
use crate::model::value::KeyValue;

/// Appends a whole `Span` as a field of `ScopeSpans`.
fn write_span(out: &mut Vec<u8>, view: &SpanView<'_>) {
    let head = view.head();
    let site = view.site().encoded();
    out.reserve(FIXED_FIELDS.len() + site.len() + view.dynamic().len());
    let start = out.len() + 5;
    out.extend_from_slice(&FIXED_FIELDS);
    // Filled in where they are: copying what was just written in pieces stalls the processor.
    let body = &mut out[start..];
    body[2..18].copy_from_slice(&head.trace_id().to_bytes());
    body[20..28].copy_from_slice(&head.span_id().to_bytes());
    body[29..37].copy_from_slice(&head.start().to_le_bytes());
    body[38..46].copy_from_slice(&head.end().to_le_bytes());
    body[47] = head.kind().to_otlp();
    body[50..54].copy_from_slice(&wire_flags(head.flags(), head.parent_is_remote()).to_le_bytes());
    body[56..64].copy_from_slice(&head.parent_id().to_bytes());
    if !head.parent_id().is_valid() {
        out.truncate(out.len() - 10);
    }
    site.write(out, head.has_own_name(), head.masked());
    out.extend_from_slice(view.dynamic());
    patch_length(out, start);
}

/// The fields that every span has, empty: the tag with room for a length of four bytes (padded varints are legal, and
/// nothing has to be moved), ids, times, kind, flags, and the parent's id, which a root leaves out.
const FIXED_FIELDS: [u8; 69] = {
    let mut fields = [0; 69];
    fields[0] = request::SPAN.0;
    fields[5] = span::TRACE_ID.0;
    fields[6] = 16;
    fields[23] = span::SPAN_ID.0;
    fields[24] = 8;
    fields[33] = span::START.0;
    fields[42] = span::END.0;
    fields[51] = span::KIND.0;
    [fields[53], fields[54]] = span::FLAGS;
    fields[59] = span::PARENT_SPAN_ID.0;
    fields[60] = 8;
    fields
};

/// Fills in the four-byte length that stands before `start`.
#[inline]
fn patch_length(out: &mut [u8], start: usize) {
    let length = (out.len() - start) as u32;
    let sevens = [length & 0x7f, (length & 0x3f80) << 1, (length & 0x001f_c000) << 2, (length & 0x0fe0_0000) << 3];
    let padded = 0x0080_8080 | sevens[0] | sevens[1] | sevens[2] | sevens[3];
    out[start - 4..start].copy_from_slice(&padded.to_le_bytes());
}

/// An encoded `ExportTraceServiceRequest`, in pieces that are sent one after the other.
///
/// Follows the OTLP specification, "OTLP/HTTP", binary protobuf.
#[derive(Clone, Debug, Default)]
pub struct OtlpRequest {
    chunks: Vec<Vec<u8>>,
}

impl OtlpRequest {
    /// Groups spans by scope under one resource.
    pub fn new<'a>(resource: &Resource, spans: impl Iterator<Item = SpanView<'a>>) -> Self {
        let mut scopes = Scopes::default();
        for view in spans {
            write_span(scopes.buffer(&view), &view);
        }
        let scopes = scopes.buffers;
        if scopes.is_empty() { Self::default() } else { Self::assemble(resource, scopes) }
    }

    fn assemble(resource: &Resource, scopes: Vec<(Scope, Vec<u8>)>) -> Self {
        let mut chunks = vec![Vec::new()];
        let mut length = 0;
        for (scope, spans) in scopes {
            let scope_fields = scope_fields(scope);
            let mut head = vec![request::SCOPE_SPANS.0];
            proto::varint(&mut head, (scope_fields.len() + spans.len()) as u64);
            head.extend_from_slice(&scope_fields);
            length += head.len() + spans.len();
            chunks.extend([head, spans]);
        }
        let resource = resource_fields(resource);
        chunks[0].push(request::RESOURCE_SPANS.0);
        proto::varint(&mut chunks[0], (resource.len() + length) as u64);
        chunks[0].extend_from_slice(&resource);
        Self { chunks }
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The pieces, in order.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().map(Vec::as_slice)
    }

    /// The whole request as one piece.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.chunks.concat()
    }
}

/// The next request is written where this one was, instead of into memory that has to grow and to be faulted in again.
impl Drop for OtlpRequest {
    fn drop(&mut self) {
        self.chunks.drain(..).for_each(spare::keep);
    }
}

/// Buffers of requests that this thread has done with.
mod spare {
    use std::cell::Cell;

    /// The smallest that is worth keeping, and what a new one has.
    const LEAST: usize = 16 << 10;
    /// The largest kept: a full block of spans becomes 1 to 2 MiB.
    const MOST: usize = 2 << 20;
    /// How many are kept.
    const KEPT: usize = 4;

    thread_local! {
        static SPARE: Cell<Vec<Vec<u8>>> = const { Cell::new(Vec::new()) };
    }

    pub(super) fn take() -> Vec<u8> {
        with(Vec::pop).flatten().unwrap_or_else(|| Vec::with_capacity(LEAST))
    }

    pub(super) fn keep(mut buffer: Vec<u8>) {
        if (LEAST..=MOST).contains(&buffer.capacity()) {
            buffer.clear();
            with(|spare| {
                if spare.len() < KEPT {
                    spare.push(buffer);
                }
            });
        }
    }

    /// `None` when the thread is ending.
    fn with<R>(use_spare: impl FnOnce(&mut Vec<Vec<u8>>) -> R) -> Option<R> {
        SPARE
            .try_with(|cell| {
                let mut spare = cell.take();
                let result = use_spare(&mut spare);
                cell.set(spare);
                result
            })
            .ok()
    }
}

/// The spans of each scope, encoded.
#[derive(Default)]
struct Scopes {
    buffers: Vec<(Scope, Vec<u8>)>,
    /// Where the spans of a call site go, plus one, by the site's index: comparing names for each span would cost more
    /// than encoding it.
    by_site: Vec<u32>,
}

impl Scopes {
    #[inline]
    fn buffer(&mut self, view: &SpanView<'_>) -> &mut Vec<u8> {
        let site = view.head().site() as usize;
        let known = self.by_site.get(site).copied().unwrap_or(0);
        let place = if known == 0 { self.learn(site, view.scope()) } else { known };
        &mut self.buffers[place as usize - 1].1
    }

    #[cold]
    fn learn(&mut self, site: usize, scope: Scope) -> u32 {
        let found = self.buffers.iter().position(|(known, _)| *known == scope);
        let place = found.unwrap_or_else(|| {
            self.buffers.push((scope, spare::take()));
            self.buffers.len() - 1
        });
        if self.by_site.len() <= site {
            self.by_site.resize(site + 1, 0);
        }
        self.by_site[site] = place as u32 + 1;
        place as u32 + 1
    }
}

fn resource_fields(resource: &Resource) -> Vec<u8> {
    let mut out = Vec::new();
    proto::nested(&mut out, request::RESOURCE, |out| {
        write_attributes(out, request::RESOURCE_ATTRIBUTE, resource.attributes());
    });
    if !resource.schema_url().is_empty() {
        proto::bytes(&mut out, request::SCHEMA_URL, resource.schema_url().as_bytes());
    }
    out
}

/// The fields of `ScopeSpans` besides the spans; their order is free.
fn scope_fields(scope: Scope) -> Vec<u8> {
    let mut out = Vec::new();
    proto::nested(&mut out, request::SCOPE, |out| {
        proto::bytes(out, request::SCOPE_NAME, scope.name.as_bytes());
        if !scope.version.is_empty() {
            proto::bytes(out, request::SCOPE_VERSION, scope.version.as_bytes());
        }
    });
    if !scope.schema_url.is_empty() {
        proto::bytes(&mut out, request::SCHEMA_URL, scope.schema_url.as_bytes());
    }
    out
}

fn write_attributes(out: &mut Vec<u8>, tag: proto::Tag, attributes: &[KeyValue]) {
    for KeyValue { key, value } in attributes {
        write_key_value(out, tag, key, value, ValueLimits::NONE);
    }
}
