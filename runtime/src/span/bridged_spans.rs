//! Spans of ours in the hands of OpenTelemetry's API, by their ids: its contexts only have a copy of those.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{Handle, Span};
use crate::local::frame::SharedSpan;
use crate::model::id::SpanId;
use crate::model::span_context::SpanContext;
use crate::process::fork::{PerProcess, per_process};
use crate::tracer::context::Context;

const SHARDS: usize = 16;

/// All of them. In parts, so that threads seldom meet.
static KNOWN: PerProcess<[Mutex<Option<Shard>>; SHARDS]> = per_process!([const { Mutex::new(None) }; SHARDS]);

type Shard = HashMap<SpanId, Entry, BuildHasherDefault<IdHasher>>;

struct Entry {
    span: Held,
    /// How many hands hold it.
    hands: u32,
}

/// What is kept of a span does not keep it open.
enum Held {
    Recording(Weak<SharedSpan>),
    Context(Context),
}

/// A span that was found.
pub(crate) enum Found {
    Recording(Arc<SharedSpan>),
    /// One that is not recorded.
    Context(Context),
}

impl Found {
    /// The context of the span's children.
    pub(crate) fn context(self) -> Context {
        match self {
            Self::Recording(shared) => shared.identity.context(false),
            Self::Context(context) => context,
        }
    }
}

/// Span ids are random, or counted by a generator of the program's.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = (self.0 ^ id).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

fn shard(id: SpanId) -> MutexGuard<'static, Option<Shard>> {
    KNOWN[id.to_u64() as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a span known until what this returns is dropped.
pub(crate) fn list(span: &Span) -> Listed {
    let (id, held) = match &span.0 {
        Handle::Recording(shared) => (shared.identity.span_id, Held::Recording(Arc::downgrade(shared))),
        Handle::Context(context) => (context.span.span_id, Held::Context(context.clone())),
    };
    shard(id).get_or_insert_default().entry(id).or_insert(Entry { span: held, hands: 0 }).hands += 1;
    Listed(id)
}

/// The span with these ids, if it is one of ours and still in somebody's hands.
pub(crate) fn find(ids: &SpanContext) -> Option<Found> {
    let shard = shard(ids.span_id);
    let found = match &shard.as_ref()?.get(&ids.span_id)?.span {
        Held::Recording(shared) => Found::Recording(shared.upgrade()?),
        Held::Context(context) => Found::Context(context.clone()),
    };
    // Outside of the lock: what does not fit may be the last handle, which ends the span.
    drop(shard);
    let trace_id = match &found {
        Found::Recording(shared) => shared.identity.trace_id,
        Found::Context(context) => context.span.trace_id,
    };
    (trace_id == ids.trace_id).then_some(found)
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
