//! The other end, as messages speak of it: one set of words for all exporters of OTLP.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use crate::export::ExportError;
use crate::export::said::Said;
use crate::export::verdict;
use traced_core::__runtime::diagnostics;
use traced_core::__runtime::response::PartialSuccess;

/// Where an exporter sends to.
pub(crate) struct Peer {
    /// The exporter's name.
    pub(crate) exporter: &'static str,
    /// The URL as it may be shown.
    pub(crate) url: String,
    /// What to try when nothing, or nothing that talks OTLP, answers there.
    pub(crate) hint: &'static str,
    /// The proxy in between.
    pub(crate) through: String,
    /// What people can do when nothing answers.
    pub(crate) advice: String,
}

impl Peer {
    /// The time for one attempt.
    ///
    /// # Errors
    ///
    /// When there is none left.
    pub(crate) fn time_for_attempt(&self, limit: Option<Duration>, left: Duration) -> Result<Duration, ExportError> {
        let time = limit.map_or(left, |limit| limit.min(left));
        if time.is_zero() {
            return Err(ExportError::later(format!("no time was left to send to {self}")));
        }
        Ok(time)
    }

    /// An attempt took longer than it may.
    pub(crate) fn no_answer(&self, time: Duration, limit: Option<Duration>) -> ExportError {
        let Self { hint, through, .. } = self;
        // Whoever set so little may have meant seconds.
        let time = if time <= Duration::from_millis(100) && limit == Some(time) {
            format!("{} ms (OTEL_EXPORTER_OTLP_TIMEOUT is in milliseconds)", time.as_millis())
        } else {
            format!("{:.1} s", time.as_secs_f64())
        };
        self.later(format!("no answer from {self} in {time}{hint}{through}"))
    }

    /// There is no connection.
    pub(crate) fn cannot(&self, what: &str, error: &dyn Display) -> ExportError {
        let Self { hint, through, .. } = self;
        self.later(format!("cannot {what} {self}: {error}{hint}{through}"))
    }

    /// Something answers that is no receiver of this protocol.
    pub(crate) fn talks_otherwise(&self, error: &dyn Display, hint: &str) -> ExportError {
        self.later(format!("cannot talk to {self}: {error}{hint}{}", self.through))
    }

    /// Nobody vouches for the other end, whose certificate people renew in minutes.
    pub(crate) fn not_trusted(&self, error: &dyn Display) -> ExportError {
        let reason = format!(
            "cannot send to {self}: {error}; the certificates to trust are those of OTEL_EXPORTER_OTLP_CERTIFICATE{}",
            self.through
        );
        self.later(reason).long()
    }

    /// The proxy wants to know who asks.
    pub(crate) fn refused_by_proxy(&self, error: &dyn Display) -> ExportError {
        let advice = verdict::advice_for_http_status(407);
        ExportError::new(format!("cannot reach {self}: {error}{advice}{}", self.through)).of_class("status 407")
    }

    fn later(&self, reason: String) -> ExportError {
        ExportError::later(reason).with_advice(self.advice.as_str())
    }

    /// What a receiver says that took the request. The words of one that takes everything are told once: they come
    /// again with every request.
    ///
    /// # Errors
    ///
    /// When it took a part of it.
    pub(crate) fn tell(&self, partial: Option<PartialSuccess>, said: &mut Said) -> Result<(), ExportError> {
        let Some(PartialSuccess { rejected_spans, message }) = partial else { return Ok(()) };
        let message = message.escape_debug();
        if rejected_spans > 0 {
            let reason = format!("{self} rejected {rejected_spans} spans: {message}");
            return Err(ExportError::rejected(rejected_spans, reason).of_class("partial success"));
        }
        if said.is_first("partial success") {
            diagnostics::warn(format_args!("{}: {self} accepted all spans and says: {message}", self.exporter));
        }
        Ok(())
    }
}

impl Display for Peer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// Whether an error of TLS is about the certificate that the other end shows.
pub(crate) fn is_about_a_certificate(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::InvalidData && error.to_string().contains("invalid peer certificate")
}
