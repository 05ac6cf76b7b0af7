//! What instrumentation of a library stands on: servers, clients, drivers of databases and brokers.
//!
//! `#[traced]` and [`Span`](crate::Span) are for programs. A library that makes spans for others, around requests that it
//! does not poll itself, for routes that it learns of at run time, needs five things more:
//!
//! - [`CallSite`]: the constant half of a span, in a `static` or made at run time, encoded once;
//! - [`OwnedSpan`]: a span that goes with a request, is current while that is polled, and ends with an [`Outcome`];
//! - [`Metric`]: how long spans last, sampled or not, for whoever [keeps measurements](Metrics);
//! - suppression: inside a client's span no second one of the same [`Convention`] starts, so that a driver that is
//!   instrumented twice makes one span;
//! - [`extract`]: the caller's context from an `http::HeaderMap`, without the detour over a general carrier.
//!
//! ```
//! use traced::instrumentation::{CallSite, Convention, Literal, Outcome};
//! use traced::{Scope, SpanKind};
//!
//! const SCOPE: Scope = Scope::new("my-client").with_version("1.0.0");
//! static GET: CallSite = CallSite::new("GET", SCOPE)
//!     .kind(SpanKind::Client)
//!     .convention(Convention::Http)
//!     .attributes(&[("http.request.method", Literal::Str("GET"))]);
//!
//! let mut span = GET.start(|start| start.attribute("server.address", "shop.example"));
//! {
//!     let _current = span.enter(); // while the request is polled
//! }
//! span.set_attribute("http.response.status_code", &503);
//! span.end(Outcome::error("503"));
//! ```

mod call_site;
#[cfg(feature = "http")]
mod headers;
mod in_owned_span;
mod owned_span;

pub use crate::local::measuring::Counted;
pub use crate::local::start::Start;
pub use crate::wire::metric::{Instrument, InstrumentKind, Measurement, Metric, Metrics, Record};
pub use crate::wire::site::{Convention, Literal};
pub use call_site::{CallSite, MAX_LEAKED};
#[cfg(feature = "http")]
pub use headers::extract;
pub use in_owned_span::InOwnedSpan;
pub use owned_span::{Outcome, OwnedSpan, Polling};
