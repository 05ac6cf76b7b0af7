//! How the span of an answer ends.

use http::StatusCode;
use traced::instrumentation::{Outcome, OwnedSpan};

/// Ends the span of an answer that is over: an error only if its status is one.
pub(crate) fn end_with(span: OwnedSpan, failed: Option<StatusCode>) {
    match &failed {
        None => span.end(Outcome::Success),
        Some(status) => span.end(Outcome::error(status.as_str())),
    }
}
