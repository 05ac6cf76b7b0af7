//! Time: raw ticks of a calibrated clock, and how they become Unix time.
//!
//! All spans of one local root share one offset, so children lie inside their parents and no span ends before it
//! starts, whatever happens to the wall clock meanwhile.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far the wall clock may run away from ours before later traces use a new offset.
const TOLERATED_DRIFT: Duration = Duration::from_micros(500);

static TIMEBASE: OnceLock<Timebase> = OnceLock::new();

/// A calibrated clock and the offset to Unix time for traces that start now.
#[derive(Debug)]
pub struct Timebase {
    clock: quanta::Clock,
    offset: AtomicI64,
    /// When the wall clock was looked at last, in ticks.
    looked: AtomicU64,
}

impl Timebase {
    /// The process's clock. The first call calibrates it, for about 0.6 ms.
    #[inline]
    pub fn get() -> &'static Self {
        TIMEBASE.get_or_init(Self::calibrated)
    }

    #[cold]
    fn calibrated() -> Self {
        let clock = quanta::Clock::new();
        let timebase = Self { clock, offset: AtomicI64::new(0), looked: AtomicU64::new(0) };
        timebase.offset.store(timebase.measure_offset(), Ordering::Relaxed);
        timebase
    }

    /// The current tick count; 10 ns where there is a TSC.
    #[inline]
    pub(crate) fn ticks(&self) -> u64 {
        self.clock.raw()
    }

    /// A copy of the clock for a thread, which need not look whether it is calibrated.
    pub(crate) fn ticker(&self) -> Ticker {
        Ticker(self.clock.clone())
    }

    /// The offset for a trace that starts now.
    #[inline]
    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Unix nanoseconds of `ticks`, under the offset that the trace started with.
    #[inline]
    pub(crate) fn unix_nanos(&self, ticks: u64, offset: i64) -> u64 {
        self.nanos(ticks).wrapping_add_signed(offset)
    }

    /// Ticks as nanoseconds. Counted from 0 on: a counter that starts anew, as some do after a suspend, would be before
    /// any other origin, and every span would last no time.
    #[inline]
    fn nanos(&self, ticks: u64) -> u64 {
        self.clock.delta_as_nanos(0, ticks)
    }

    /// How many seconds are between two tick counts.
    #[inline]
    pub(crate) fn seconds(&self, from: u64, to: u64) -> f64 {
        self.clock.delta_as_nanos(from, to) as f64 * 1e-9
    }

    /// Follows the wall clock: when it has run away or was set, traces that start from now on use it. The exporter
    /// thread calls this about once a second.
    pub fn follow_wall_clock(&self) {
        let measured = self.measure_offset();
        if measured.abs_diff(self.offset()) > TOLERATED_DRIFT.as_nanos() as u64 {
            self.offset.store(measured, Ordering::Relaxed);
        }
    }

    /// The same, unless that was done within the last second: for threads that come by anyway, whatever the exporters'
    /// threads are held up by.
    pub fn follow_wall_clock_if_due(&self) {
        let (looked, now) = (self.looked.load(Ordering::Relaxed), self.ticks());
        // A counter that starts anew is before.
        let is_due = now < looked || self.clock.delta_as_nanos(looked, now) >= 1_000_000_000;
        if is_due && self.looked.compare_exchange(looked, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.follow_wall_clock();
        }
    }

    /// Reads the wall clock between two tick reads and takes the tightest of a few brackets, since a single reading
    /// may be interrupted half-way.
    fn measure_offset(&self) -> i64 {
        let bracket = || {
            let before = self.ticks();
            let wall = unix_nanos(SystemTime::now());
            let after = self.ticks();
            let width = after.saturating_sub(before);
            let middle = self.nanos(before + width / 2);
            (width, wall.wrapping_sub(middle).cast_signed())
        };
        (0..8).map(|_| bracket()).min().map_or(0, |(_, offset)| offset)
    }
}

/// A thread's copy of the clock.
pub(crate) struct Ticker(quanta::Clock);

impl Ticker {
    /// The current tick count.
    #[inline]
    pub(crate) fn ticks(&self) -> u64 {
        self.0.raw()
    }
}

/// The current tick count of the process's clock.
#[inline]
pub(crate) fn ticks() -> u64 {
    Timebase::get().ticks()
}

/// The current time under the offset that a trace started with.
#[inline]
pub(crate) fn unix_nanos_now(offset: i64) -> u64 {
    let timebase = Timebase::get();
    timebase.unix_nanos(timebase.ticks(), offset)
}

/// Unix nanoseconds of a wall-clock time; 0 before 1970, the maximum after 2554.
pub fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The wall-clock time of Unix nanoseconds.
pub(crate) fn system_time(unix_nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(unix_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_is_followed_once_a_second_and_when_the_counter_starts_anew() {
        let timebase = Timebase::calibrated();
        let right = timebase.offset();
        let is_right = || timebase.offset().abs_diff(right) < 1_000_000_000;
        for (looked, follows) in [(0, true), (timebase.ticks(), false), (u64::MAX, true)] {
            timebase.offset.store(right - 3_600_000_000_000, Ordering::Relaxed);
            timebase.looked.store(looked, Ordering::Relaxed);
            timebase.follow_wall_clock_if_due();
            assert_eq!(is_right(), follows, "{looked}");
        }
    }

    #[test]
    fn spans_last_after_the_counter_has_started_anew() {
        let timebase = Timebase::get();
        let (start, end) = (1_000, 1_000 + timebase.ticks() / 2);
        assert!(timebase.unix_nanos(end, 0) > timebase.unix_nanos(start, 0));
    }
}
