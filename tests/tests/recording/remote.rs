//! A caller in another process, and a library, as the tests of the specification's rows know them.

use traced::{Scope, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

pub(crate) const SCOPE: Scope =
    Scope::new("a library").with_version("1.2.3").with_schema_url("https://example.com/schema/1");

pub(crate) fn state(text: &str) -> TraceState {
    text.parse().unwrap()
}

pub(crate) fn remote(flags: u8) -> SpanContext {
    let (trace_id, span_id) = (TraceId::from_u128(0xabc), SpanId::from_u64(0xdef));
    SpanContext::remote(trace_id, span_id, TraceFlags::from_byte(flags), state("a=1,b=2"))
}
