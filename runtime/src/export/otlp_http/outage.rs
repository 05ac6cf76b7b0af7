//! What is said when the receiver cannot be reached: once when it goes, once when it is back.

use std::time::{Duration, Instant};

use traced_core::__runtime::diagnostics::warn;

/// A first failure is often only a kept-alive connection that the other side has closed.
const FAILURES_BEFORE_WARNING: u32 = 2;

/// Whether the receiver can be reached.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    since: Option<Instant>,
    failures: u32,
    lost_spans: u64,
}

impl Trouble {
    /// An attempt got no answer from the endpoint that `variable` says.
    pub(super) fn failed(&mut self, reason: &str, variable: &str) {
        self.since.get_or_insert_with(Instant::now);
        self.failures += 1;
        if self.failures == FAILURES_BEFORE_WARNING {
            warn(format_args!(
                "otlp-http: {reason}. Spans wait in memory, within their bound, and are sent when it answers; what is given \
                 up is counted. Start a receiver of OTLP/HTTP there, set {variable} to where one is, \
                 or set OTEL_TRACES_EXPORTER to `console` or `none`"
            ));
        }
    }

    /// An attempt got an answer, from `endpoint`.
    pub(super) fn ended(&mut self, endpoint: &impl std::fmt::Display) {
        if self.was_told() {
            let seconds = self.lasts().as_secs_f64();
            let lost = self.lost_spans;
            warn(format_args!("otlp-http: {endpoint} answers again, after {seconds:.1} s; {lost} spans were given up"));
        }
        *self = Self::default();
    }

    /// Spans were given up.
    pub(super) const fn lost(&mut self, spans: usize) {
        self.lost_spans += spans as u64;
    }

    /// Whether the user knows.
    pub(super) const fn was_told(&self) -> bool {
        self.failures >= FAILURES_BEFORE_WARNING
    }

    /// How long there has been no answer.
    pub(super) fn lasts(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}
