//! What decides about spans before they exist: sampler, limits, ids, and what to do at a start.

use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::model::id::{SpanId, TraceId};
use crate::model::limits::SpanLimits;
use crate::process::clock::Timebase;
use crate::process::fork::{self, PerProcess, per_process};
use crate::tracer::open_roots::OpenRoots;
use crate::tracer::sampler::Sampler;
use crate::wire::metric::Metrics;
use crate::wire::record::Bits;

/// Makes trace and span ids.
///
/// The default makes them from a generator with 128 bits of state on each thread, seeded by the operating system.
/// Follows the OpenTelemetry trace SDK, "Id Generators".
pub trait IdGenerator: Send + Sync + 'static {
    /// A new trace id; must be valid.
    fn new_trace_id(&self) -> TraceId;

    /// A new span id; must be valid.
    fn new_span_id(&self) -> SpanId;

    /// Whether the rightmost 56 bits of new trace ids are random, so that the W3C Random flag may be set.
    fn trace_ids_are_random(&self) -> bool {
        false
    }
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<G: IdGenerator + ?Sized> IdGenerator for $pointer {
            fn new_trace_id(&self) -> TraceId {
                (**self).new_trace_id()
            }

            fn new_span_id(&self) -> SpanId {
                (**self).new_span_id()
            }

            fn trace_ids_are_random(&self) -> bool {
                (**self).trace_ids_are_random()
            }
        }
    )*};
}

behind_a_pointer!(Box<G>, Arc<G>);

/// How errors and panics are recorded.
#[derive(Clone, Copy, Debug)]
pub struct ExceptionPolicy {
    /// Whether messages are recorded, or the type alone.
    pub messages: bool,
    /// Whether errors have the stack of where they first left a span, also where the function does not ask for it.
    pub stacks: bool,
}

/// One configuration of recording. Frames and contexts refer to it for as long as they live, so it is never freed:
/// a program makes one, a test a few hundred small ones.
pub struct Provider {
    /// By what records name it.
    pub id: u16,
    /// What the records of all its spans say.
    pub(crate) bits: Bits,
    /// Which process in a chain of forks made it.
    process: usize,
    /// Whether it was shut down.
    has_ended: AtomicBool,
    /// How much a span may hold.
    pub limits: SpanLimits,
    /// `None` is parent-based always on: no call is needed to decide.
    pub(crate) sampler: Option<Box<dyn Sampler>>,
    pub(crate) ids: Option<Box<dyn IdGenerator>>,
    pub(crate) baggage_keys: Vec<String>,
    /// Keys whose values must not leave.
    pub(crate) redacted: Vec<String>,
    /// How errors and panics are recorded.
    pub exceptions: ExceptionPolicy,
    /// The hooks of `local`, if there are any.
    pub(crate) hooks: Option<Box<dyn Any + Send + Sync>>,
    /// Who keeps measurements, if anyone does.
    pub(crate) metrics: Option<Box<dyn Metrics>>,
    /// Where local roots are to be noted, if somebody asks for it.
    pub open_roots: Option<OpenRoots>,
    /// Whether nothing is to be asked at the start of a root.
    pub(crate) has_plain_roots: bool,
}

/// The settings of a provider.
#[derive(Default)]
pub struct ProviderSettings {
    /// How much a span may hold.
    pub limits: SpanLimits,
    /// Who decides which traces are recorded; `None` is parent-based always on.
    pub sampler: Option<Box<dyn Sampler>>,
    /// Who makes ids, instead of this library.
    pub ids: Option<Box<dyn IdGenerator>>,
    /// Which entries of the baggage become attributes of each span.
    pub baggage_keys: Vec<String>,
    /// Keys whose values are replaced when a span ends.
    pub redacted: Vec<String>,
    /// Whether only the type of an error is recorded.
    pub exceptions_without_messages: bool,
    /// Whether the stack of each error is recorded, where it first leaves a span.
    pub error_stacks: bool,
    /// The hooks of `local`, if there are any.
    pub hooks: Option<Box<dyn Any + Send + Sync>>,
    /// Who keeps measurements.
    pub metrics: Option<Box<dyn Metrics>>,
    /// Whether local roots are noted as they start.
    pub notes_roots: bool,
}

impl Provider {
    /// Whether each span's end is to be looked at.
    pub(crate) fn sees_ends(&self) -> bool {
        !self.redacted.is_empty() || self.hooks.is_some()
    }

    /// Makes a provider, for good.
    pub fn leak(id: u16, settings: ProviderSettings) -> &'static Self {
        // Calibrated now, so that no span has to wait for that.
        Timebase::get();
        let follows_parent = settings.sampler.as_ref().is_none_or(|sampler| sampler.as_ref().follows_local_parent());
        // Whether a child of a local span takes its parent's decision and needs nothing else at its start.
        let is_plain = follows_parent
            && settings.ids.is_none()
            && settings.baggage_keys.is_empty()
            && settings.hooks.is_none()
            && settings.redacted.is_empty();
        Box::leak(Box::new(Self {
            id,
            bits: Bits::of_provider(id, is_plain, &settings.limits),
            process: fork::process(),
            has_ended: AtomicBool::new(false),
            limits: settings.limits,
            has_plain_roots: is_plain && settings.sampler.is_none() && !settings.notes_roots,
            open_roots: settings.notes_roots.then(OpenRoots::default),
            hooks: settings.hooks,
            metrics: settings.metrics,
            sampler: settings.sampler,
            ids: settings.ids,
            baggage_keys: settings.baggage_keys,
            redacted: settings.redacted,
            exceptions: ExceptionPolicy {
                messages: !settings.exceptions_without_messages,
                stacks: settings.error_stacks,
            },
        }))
    }
}

impl Provider {
    /// Whether it is not that of a forked process's parent.
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == fork::process()
    }

    /// Whether it was shut down. Frames and contexts of its time outlive it.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }
}

static DEFAULT: PerProcess<RwLock<Option<&'static Provider>>> = per_process!(RwLock::new(None));
static GENERATION: AtomicU32 = AtomicU32::new(1);
/// Whether a provider was shut down in this process.
static HAS_ONE_ENDED: AtomicBool = AtomicBool::new(false);
/// Providers besides the default one that are in use.
static CAPTURES: AtomicUsize = AtomicUsize::new(0);

/// A thread's memory of the default provider, so that starting a root takes no lock.
#[derive(Clone, Copy, Default)]
pub(crate) struct CachedDefault {
    generation: u32,
    provider: Option<&'static Provider>,
}

impl CachedDefault {
    pub(crate) const EMPTY: Self = Self { generation: 0, provider: None };

    /// The default provider, and the memory to keep.
    #[inline]
    pub(crate) fn refreshed(self) -> Self {
        let generation = GENERATION.load(Ordering::Acquire);
        if generation == self.generation {
            return self;
        }
        let provider = *DEFAULT.read().unwrap_or_else(PoisonError::into_inner);
        Self { generation, provider }
    }

    pub(crate) const fn provider(self) -> Option<&'static Provider> {
        self.provider
    }
}

/// Installs or removes the default provider.
pub(crate) fn set_default(provider: Option<&'static Provider>) {
    let old = std::mem::replace(&mut *DEFAULT.write().unwrap_or_else(PoisonError::into_inner), provider);
    if let Some(old) = old {
        old.has_ended.store(true, Ordering::Relaxed);
        HAS_ONE_ENDED.store(true, Ordering::Relaxed);
    }
    GENERATION.fetch_add(1, Ordering::AcqRel);
}

/// Whether frames and contexts of a provider that was shut down may be about.
pub(crate) fn has_one_ended() -> bool {
    HAS_ONE_ENDED.load(Ordering::Relaxed)
}

/// Counts a provider that some threads use instead of the default one.
pub(crate) fn add_capture() {
    CAPTURES.fetch_add(1, Ordering::AcqRel);
}

/// Undoes [`add_capture`].
pub(crate) fn remove_capture() {
    CAPTURES.fetch_sub(1, Ordering::AcqRel);
}

/// Whether any provider may record.
pub(crate) fn is_any_active() -> bool {
    CAPTURES.load(Ordering::Acquire) > 0 || DEFAULT.read().unwrap_or_else(PoisonError::into_inner).is_some()
}
