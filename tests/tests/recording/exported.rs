//! What an exporter gets of the traces of this process, decoded by other people's code.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use traced::{KeyValue, Resource, TraceId};
use traced_tests::otlp::{Decoded, DecodedSpan};

const LONG: Duration = Duration::from_secs(30);

/// One initialisation for all tests of this process: each looks at its own traces.
pub(crate) static DECODED: LazyLock<Decoded> = LazyLock::new(|| {
    let decoded = Decoded::default();
    let resource = Resource::new([KeyValue::new("service.name", "semantics")], Resource::sdk().schema_url().to_owned());
    std::mem::forget(traced::builder().exporter(decoded.clone()).resource(resource).init().unwrap());
    decoded
});

/// What is exported of one trace, which `run` records and names.
pub(crate) fn exported(run: impl FnOnce() -> TraceId) -> Vec<DecodedSpan> {
    // Some have the same trace id, that of a remote parent.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    LazyLock::force(&DECODED);
    let trace_id = run();
    traced::flush(LONG).unwrap();
    DECODED.take_trace(trace_id)
}
