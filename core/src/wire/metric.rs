//! What is measured at call sites, and who keeps the measurements.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::site::Scope;
use crate::model::id::{SpanId, TraceId};
use crate::model::value::KeyValue;
use crate::process::diagnostics::warn_once;

/// How many sets of labels a metric remembers at a call site. Beyond, [`Metrics::instrument`] is asked each time.
pub(crate) const MOST_SERIES: usize = 128;

/// Keeps measurements: a meter. Given to `builder().metrics(..)`.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use traced::instrumentation::{Instrument, Measurement, Metrics, Record};
/// use traced::{KeyValue, Scope};
///
/// #[derive(Clone, Default)]
/// struct Seconds(Arc<Mutex<Vec<f64>>>);
///
/// impl Metrics for Seconds {
///     fn instrument(&self, _: Scope, instrument: &Instrument, _: &[KeyValue]) -> Box<dyn Record> {
///         assert_eq!(instrument.unit, "s");
///         Box::new(self.clone())
///     }
/// }
///
/// impl Record for Seconds {
///     fn record(&self, measurement: &Measurement) {
///         self.0.lock().unwrap().push(measurement.value);
///     }
/// }
/// ```
pub trait Metrics: Send + Sync + 'static {
    /// Who keeps the measurements of an instrument that have these labels. Asked once for each set of labels at a call
    /// site, at its first measurement; the first 128 answers are kept for good.
    ///
    /// `scope` is the library or package that measures.
    fn instrument(&self, scope: Scope, instrument: &Instrument, labels: &[KeyValue]) -> Box<dyn Record>;
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<M: Metrics + ?Sized> Metrics for $pointer {
            fn instrument(&self, scope: Scope, instrument: &Instrument, labels: &[KeyValue]) -> Box<dyn Record> {
                (**self).instrument(scope, instrument, labels)
            }
        }
    )*};
}

behind_a_pointer!(Box<M>, Arc<M>);

/// Keeps measurements of one instrument with one set of labels.
pub trait Record: Send + Sync {
    /// Keeps one. Called on the thread that measured, where spans end: it must not block.
    fn record(&self, measurement: &Measurement);
}

/// One measurement.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Measurement {
    /// What was measured, in the instrument's unit; what is added, for a counter.
    pub value: f64,
    /// The trace in which it was measured, for an exemplar.
    pub trace_id: TraceId,
    /// The span whose duration it is, for an exemplar; not valid for a counter.
    pub span_id: SpanId,
    /// Whether that span is recorded, so that an exemplar leads somewhere.
    pub is_sampled: bool,
}

/// What is measured: one instrument of OpenTelemetry's metrics API.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Instrument {
    /// The name, as `http.server.request.duration`.
    pub name: &'static str,
    /// The unit by UCUM, as `s`.
    pub unit: &'static str,
    /// What it is, in one sentence; may be empty.
    pub description: &'static str,
    /// How measurements are put together.
    pub kind: InstrumentKind,
}

/// How measurements are put together.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum InstrumentKind {
    /// A histogram of floating-point numbers, whose buckets have these upper bounds by default.
    Histogram(&'static [f64]),
    /// A sum of integers that goes up and down.
    UpDownCounter,
}

/// A metric of call sites: an instrument, and where its measurements go.
///
/// ```
/// use traced::instrumentation::Metric;
/// static DURATION: Metric = Metric::histogram("shop.quote.duration", "s", "How long quotes take.", &[0.1, 1.0, 10.0])
///     .labels(&["shop.carrier"]);
/// # let _ = &DURATION;
/// ```
pub struct Metric {
    instrument: Instrument,
    of_site: &'static [&'static str],
    series: Link,
}

type Link = OnceLock<Box<Series>>;

/// Where measurements with one set of labels go; the others follow.
struct Series {
    /// Whose: the address of a provider, which is never freed.
    owner: usize,
    labels: Box<[u8]>,
    record: Box<dyn Record>,
    next: Link,
}

impl Metric {
    /// A histogram, with the upper bounds that its buckets have unless the meter says something else.
    #[must_use]
    pub const fn histogram(
        name: &'static str,
        unit: &'static str,
        description: &'static str,
        bounds: &'static [f64],
    ) -> Self {
        Self::new(Instrument { name, unit, description, kind: InstrumentKind::Histogram(bounds) })
    }

    /// How long calls of a function last, with its path as a label.
    #[doc(hidden)]
    #[must_use]
    pub const fn of_function(name: &'static str) -> Self {
        const BOUNDS: &[f64] = &[0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        Self::histogram(name, "s", "How long calls of the function last.", BOUNDS).labels(&["code.function.name"])
    }

    /// A sum that goes up and down.
    #[must_use]
    pub const fn up_down_counter(name: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self::new(Instrument { name, unit, description, kind: InstrumentKind::UpDownCounter })
    }

    const fn new(instrument: Instrument) -> Self {
        Self { instrument, of_site: &[], series: OnceLock::new() }
    }

    /// Which attributes of the call site are labels, too.
    #[must_use]
    pub const fn labels(mut self, of_site: &'static [&'static str]) -> Self {
        self.of_site = of_site;
        self
    }

    /// The same for another call site.
    pub(crate) fn for_another_site(&self) -> Self {
        Self::new(self.instrument).labels(self.of_site)
    }

    pub(crate) const fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    pub(crate) fn is_label(&self, key: &str) -> bool {
        self.of_site.contains(&key)
    }

    /// Where measurements with these labels go, by whoever `make` asks where they are new.
    pub(crate) fn series(
        &'static self,
        owner: usize,
        labels: &[u8],
        make: impl FnOnce() -> Box<dyn Record>,
    ) -> Recorder {
        let mut link = &self.series;
        let mut known = 0;
        while let Some(series) = link.get() {
            if series.is_of(owner, labels) {
                return Recorder::Kept(&*series.record);
            }
            link = &series.next;
            known += 1;
        }
        let record = make();
        if known >= MOST_SERIES {
            self.warn_of_many();
            return Recorder::Own(record);
        }
        keep(link, Box::new(Series { owner, labels: labels.into(), record, next: OnceLock::new() }))
    }

    #[cold]
    fn warn_of_many(&self) {
        let name = self.instrument.name;
        warn_once(&format!("series of {name}"), || {
            format!(
                "`{name}` has more than {MOST_SERIES} sets of labels at one call site: nothing is lost here, but each \
                 measurement costs more, and your backend pays for every set"
            )
        });
    }
}

/// Puts a series at the end, unless another thread has put the same there.
#[cold]
fn keep(mut link: &'static Link, mut series: Box<Series>) -> Recorder {
    loop {
        let Err(refused) = link.set(series) else { break };
        series = refused;
        match link.get() {
            Some(other) if other.is_of(series.owner, &series.labels) => break,
            Some(other) => link = &other.next,
            None => return Recorder::Own(series.record),
        }
    }
    match link.get() {
        Some(kept) => Recorder::Kept(&*kept.record),
        None => unreachable!("it was set a moment ago"),
    }
}

impl Series {
    #[inline]
    fn is_of(&self, owner: usize, labels: &[u8]) -> bool {
        self.owner == owner && *self.labels == *labels
    }
}

/// Where a measurement goes.
pub(crate) enum Recorder {
    Kept(&'static dyn Record),
    /// One that is not remembered.
    Own(Box<dyn Record>),
}

impl Recorder {
    #[inline]
    pub(crate) fn record(&self, measurement: &Measurement) {
        match self {
            Self::Kept(record) => record.record(measurement),
            Self::Own(record) => record.record(measurement),
        }
    }
}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metric").field("instrument", &self.instrument).finish_non_exhaustive()
    }
}
