//! The clock of the samplers that know time.

use crate::process::clock::Timebase;

/// Nanoseconds since some moment, never going back. In tests, a number that the test moves.
#[derive(Clone, Debug, Default)]
pub(super) struct SamplerClock {
    #[cfg(test)]
    virtual_nanos: Option<std::sync::Arc<std::sync::atomic::AtomicU64>>,
}

impl SamplerClock {
    pub(super) fn nanos(&self) -> u64 {
        #[cfg(test)]
        if let Some(nanos) = &self.virtual_nanos {
            return nanos.load(std::sync::atomic::Ordering::Relaxed);
        }
        let timebase = Timebase::get();
        timebase.unix_nanos(timebase.ticks(), 0)
    }

    #[cfg(test)]
    pub(super) fn of(nanos: &std::sync::Arc<std::sync::atomic::AtomicU64>) -> Self {
        Self { virtual_nanos: Some(nanos.clone()) }
    }
}
