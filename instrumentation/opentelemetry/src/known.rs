//! Spans of ours in the hands of OpenTelemetry's API, by their ids: its contexts only have a copy of those.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use traced::Span;
use traced::SpanContext;
use traced::SpanId;
use traced_core::__runtime::WeakSpan;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::hasher::MixedWords;
use traced_core::__runtime::per_process;

const SHARDS: usize = 16;

/// All of them. In parts, so that threads seldom meet.
static KNOWN: PerProcess<[Mutex<Option<Shard>>; SHARDS]> = per_process!([const { Mutex::new(None) }; SHARDS]);

type Shard = HashMap<SpanId, Entry, MixedWords>;

struct Entry {
    /// What is kept of a span does not keep it open.
    span: WeakSpan,
    /// How many hands hold it.
    hands: u32,
}

fn shard(id: SpanId) -> MutexGuard<'static, Option<Shard>> {
    KNOWN[id.to_u64() as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a span known until what this returns is dropped.
pub(crate) fn list(span: &Span) -> Listed {
    let id = span.span_context().span_id();
    let entry = || Entry { span: span.downgrade(), hands: 0 };
    shard(id).get_or_insert_default().entry(id).or_insert_with(entry).hands += 1;
    Listed(id)
}

/// The span with these ids, if it is one of ours and still in somebody's hands.
pub(crate) fn find(ids: &SpanContext) -> Option<Span> {
    let shard = shard(ids.span_id());
    let found = shard.as_ref()?.get(&ids.span_id())?.span.upgrade()?;
    // Outside of the lock: what does not fit may be the last handle, which ends the span.
    drop(shard);
    (found.span_context().trace_id() == ids.trace_id()).then_some(found)
}

/// One of the hands that hold a span.
pub(crate) struct Listed(SpanId);

impl Drop for Listed {
    fn drop(&mut self) {
        let mut shard = shard(self.0);
        let Some(known) = shard.as_mut() else { return };
        if let Some(entry) = known.get_mut(&self.0) {
            entry.hands -= 1;
            let forgotten = if entry.hands == 0 { known.remove(&self.0) } else { None };
            drop(shard);
            drop(forgotten);
        }
    }
}
