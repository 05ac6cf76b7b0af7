//! A span's measurement while it lasts.

use crate::model::limits::ValueLimits;
use crate::wire::encode;
use crate::wire::metric::Metric;
use crate::wire::value::AttributeValue;

/// A span's measurement while it lasts.
#[derive(Default)]
pub(crate) struct Measuring {
    pub(super) metric: Option<&'static Metric>,
    /// In ticks.
    pub(super) start: u64,
    /// Those that the call site does not have, encoded as attributes.
    pub(super) labels: Vec<u8>,
    pub(super) has_error: bool,
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
