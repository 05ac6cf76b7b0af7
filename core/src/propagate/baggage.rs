//! The header `baggage`.

use super::format::{Extractor, Injector, Propagator, W3c};
use crate::model::baggage::{Baggage, Refused};
use crate::process::diagnostics::warn_once;
use crate::tracer::context::Context;

const BAGGAGE: &str = "baggage";

/// The W3C format of baggage.
///
/// At most 64 entries and 8,192 bytes are sent and read; what exceeds that, or cannot be expressed, is left out, entry
/// by entry, and said once. When there is nothing to send, a header that the carrier already has is removed. A carrier without readable entries leaves the baggage of the context as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct BaggagePropagator;

impl Propagator for BaggagePropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let (header, refused) = context.baggage().to_header();
        warn_about("baggage.sent", "baggage entries are not sent", refused);
        if header.is_empty() {
            // Headers that were copied from a request would pass on what was taken out of the baggage.
            carrier.remove(BAGGAGE);
        } else {
            carrier.set(BAGGAGE, header);
        }
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let (baggage, refused) = Baggage::parse(carrier.get_all(BAGGAGE));
        warn_about("baggage.received", "a request came with baggage entries that are dropped", refused);
        if baggage.is_empty() { context.clone() } else { context.clone().with_baggage(baggage) }
    }

    fn fields(&self) -> Vec<&str> {
        vec![BAGGAGE]
    }

    fn w3c(&self) -> Option<W3c> {
        Some(W3c { trace_context: false, baggage: true })
    }
}

fn warn_about(key: &str, what: &str, refused: Refused) {
    if !refused.is_none() {
        let Refused { malformed, excess } = refused;
        warn_once(key, || {
            format!("{what}: {malformed} malformed, {excess} over the limit of 64 entries or 8192 bytes")
        });
    }
}
