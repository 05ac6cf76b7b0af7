//! A recording span that handles refer to.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::identity::Identity;
use super::mirror_span::MirrorSpan;
use crate::tracer::context::{Context, Held};
use crate::wire::fields::Fields;

/// What was said about spans that had ended.
static SAID_TOO_LATE: AtomicU64 = AtomicU64::new(0);

/// How often something was said about a span that had ended.
#[must_use]
pub fn said_too_late() -> u64 {
    SAID_TOO_LATE.load(Ordering::Relaxed)
}

/// A recording span that handles refer to, on any thread. The fields are gone once it has ended.
pub struct SharedSpan {
    pub(crate) identity: Identity,
    fields: Mutex<Option<Fields>>,
    has_ended: AtomicBool,
    /// The span of another library that stands for this one.
    mirror: OnceLock<Arc<dyn MirrorSpan>>,
}

impl SharedSpan {
    pub(crate) fn new(identity: Identity, fields: Fields) -> Self {
        Self { identity, fields: Mutex::new(Some(fields)), has_ended: AtomicBool::new(false), mirror: OnceLock::new() }
    }

    /// The context of the span's children, which holds the span.
    pub(crate) fn context(self: &Arc<Self>) -> Context {
        Context { held: Some(Arc::clone(self) as Held), ..self.identity.context(false) }
    }

    pub(super) fn set_mirror(&self, mirror: Arc<dyn MirrorSpan>) {
        let _ = self.mirror.set(mirror);
    }

    /// The span of another library that stands for this one.
    pub(super) fn mirror(&self) -> Option<Arc<dyn MirrorSpan>> {
        self.mirror.get().cloned()
    }

    /// Whether a span of another library stands for this one.
    pub fn is_mirrored(&self) -> bool {
        self.mirror.get().is_some()
    }

    /// Whether it records here, and not in a process that this one was forked from.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.identity.provider.is_some_and(super::super::tracer::provider::Provider::is_of_this_process)
    }

    /// Changes the fields; where the span has ended, that is counted.
    pub(crate) fn with_fields<R>(&self, change: impl FnOnce(&mut Fields) -> R) -> Option<R> {
        let changed = self.look(change);
        if changed.is_none() {
            count_too_late();
        }
        changed
    }

    /// Looks at the fields, unless the span has ended.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&mut Fields) -> R) -> Option<R> {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(look)
    }

    /// Whether the span has ended, without asking for the lock.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Takes the fields: the span has ended. `None` when it had already.
    pub(crate) fn take_fields(&self) -> Option<Fields> {
        if self.has_ended.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.fields.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cold]
#[inline(never)]
fn count_too_late() {
    SAID_TOO_LATE.fetch_add(1, Ordering::Relaxed);
}
