//! Who keeps measurements.

use std::sync::Arc;

use super::metric::{Instrument, Record};
use super::site::Scope;
use crate::model::value::KeyValue;

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
