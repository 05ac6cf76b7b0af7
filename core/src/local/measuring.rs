//! How long spans last, for call sites with a metric; also where they are not sampled.

use std::borrow::Cow;
use std::ptr;

use super::exception::{Ending, Meant, type_of};
use super::frame::{Cancel, Frame, Mode};
use super::storage::{quietly_caught, with_local};
use crate::model::id::SpanId;
use crate::model::limits::ValueLimits;
use crate::model::outcome::{Failure, Outcome};
use crate::model::span_kind::SpanKind;
use crate::model::value::KeyValue;
use crate::process::clock::{self, Timebase};
use crate::tracer::provider::Provider;
use crate::wire::attributes::Attributes;
use crate::wire::encode;
use crate::wire::metric::{Measurement, Metric, Recorder};
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;

/// A span's measurement while it lasts.
#[derive(Default)]
pub(crate) struct Measuring {
    metric: Option<&'static Metric>,
    /// In ticks.
    start: u64,
    /// Those that the call site does not have, encoded as attributes.
    labels: Vec<u8>,
    has_error: bool,
}

impl Measuring {
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.metric.is_some()
    }

    /// Adds a label whose key was not added before.
    #[inline]
    pub(crate) fn label(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        if self.is_on() && value.is_present() {
            encode::attribute(&mut self.labels, key, value, ValueLimits::NONE);
        }
    }

    /// What went wrong; the first counts.
    pub(crate) fn fail(&mut self, error_type: &str) {
        if !self.has_error {
            self.has_error = true;
            self.label("error.type", error_type);
        }
    }
}

/// What an error is to be counted as, if it says of itself that it counts. Runs the error's code.
pub(crate) fn counted_as<'a>(failure: &'a Failure<'_>, kind: SpanKind) -> Option<Cow<'a, str>> {
    let counts = failure.meaning().is_none_or(|meaning| Meant::of(meaning, kind).is_failure);
    counts.then(|| type_of(failure))
}

/// Begins the measurement of a span that has just started, if its call site has a metric and somebody keeps it.
#[inline]
pub(crate) fn begin(frame: &mut Frame) {
    let has_metric = frame.identity.site.is_some_and(|site| site.metric().is_some());
    if has_metric && !frame.measuring.is_on() {
        begin_measured(frame);
    }
}

#[inline(never)]
fn begin_measured(frame: &mut Frame) {
    let is_measured = frame.identity.provider.is_some_and(|provider| provider.metrics.is_some());
    if !is_measured || !matches!(frame.mode, Mode::Recording | Mode::Unsampled) {
        return;
    }
    // A span that is not sampled may have been started without a look at the clock.
    let start = if frame.mode == Mode::Recording { frame.identity.start } else { clock::ticks() };
    let metric = frame.identity.site.and_then(Site::metric);
    let Measuring { labels, .. } = std::mem::take(&mut frame.measuring);
    frame.measuring = Measuring { metric, start, labels, has_error: false };
    frame.fields.end_with_care();
}

/// Hands over how long the span of a frame lasted. Nothing is borrowed.
#[inline(never)]
pub(super) fn end(frame: &mut Frame, ending: Ending<'_>) {
    let Some(metric) = frame.measuring.metric else { return };
    let seconds = Timebase::get().seconds(frame.measuring.start, clock::ticks());
    say_outcome(frame, ending);
    frame.measuring.metric = None;
    if let (Some(provider), Some(site)) = (frame.identity.provider, frame.identity.site)
        && let Some(recorder) = recorder(provider, site, (metric, &frame.measuring.labels))
    {
        recorder.record(&Measurement {
            value: seconds,
            trace_id: frame.identity.trace_id,
            span_id: frame.identity.span_id,
            is_sampled: frame.mode == Mode::Recording && frame.identity.bits.flags().is_sampled(),
        });
    }
    frame.measuring.labels.clear();
}

#[inline]
fn say_outcome(frame: &mut Frame, ending: Ending<'_>) {
    match ending {
        Ending::Returned(Outcome::Success) | Ending::ByHand(_) => {}
        Ending::Returned(Outcome::Error(failure)) => {
            if let Some(error_type) = counted_as(failure, frame.identity.bits.kind()) {
                frame.measuring.fail(&error_type);
            }
        }
        Ending::Panicked if frame.policy.panic => frame.measuring.fail("panic"),
        Ending::Panicked => {}
        Ending::Cancelled => {
            if frame.policy.cancel != Cancel::Ok {
                frame.measuring.label("traced.cancelled", &true);
            }
            if frame.policy.cancel == Cancel::Error {
                frame.measuring.fail("cancelled");
            }
        }
    }
}

/// Where measurements with these labels go.
fn recorder(
    provider: &'static Provider,
    site: &'static Site,
    (metric, labels): (&'static Metric, &[u8]),
) -> Option<Recorder> {
    let metrics = provider.metrics.as_deref()?;
    let ask = || metrics.instrument(site.scope(), metric.instrument(), &labels_of(site, metric, labels));
    Some(metric.series(ptr::from_ref(provider).addr(), labels, ask))
}

/// All labels of a measurement: those of its call site, and its own.
#[cold]
fn labels_of(site: &Site, metric: &Metric, own: &[u8]) -> Vec<KeyValue> {
    let key_value = |(key, value)| KeyValue { key: Cow::Borrowed(key), value };
    let of_site = site.static_attributes().into_iter().filter(|(key, _)| metric.is_label(key)).map(key_value);
    let function = site.function().filter(|_| metric.is_label("code.function.name") && !site.has_function());
    let function = function.map(|function| key_value(("code.function.name", function.into())));
    of_site.chain(function).chain(Attributes::of_span_fields(own).map(|label| label.to_owned())).collect()
}

/// One that is counted by an up-down counter for as long as this is there.
#[must_use = "it is counted until this is dropped"]
pub struct Counted {
    recorder: Recorder,
    one: Measurement,
}

impl Counted {
    /// Counts one in the measurements of a span's provider; `None` where nobody keeps them.
    pub(crate) fn new(frame: &Frame, metric: &'static Metric, labels: &[(&str, &str)]) -> Option<Self> {
        let (provider, site) = (frame.identity.provider?, frame.identity.site?);
        provider.metrics.as_ref()?;
        let find = |encoded: &mut Vec<u8>| {
            labels.iter().for_each(|(key, value)| encode::attribute(encoded, key, *value, ValueLimits::NONE));
            recorder(provider, site, (metric, encoded))
        };
        let recorder = with_local(|local| local.with_scratch(find))??;
        let trace_id = frame.identity.trace_id;
        let one = Measurement { value: 1.0, trace_id, span_id: SpanId::INVALID, is_sampled: false };
        recorder.record(&one);
        Some(Self { recorder, one })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // It may be dropped by a panic, which another one would turn into an abort.
        quietly_caught(|| self.recorder.record(&Measurement { value: -1.0, ..self.one }));
    }
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}
