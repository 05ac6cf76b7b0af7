//! What can be set for a server, and what of a request is needed when its answer comes.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use http::{Extensions, HeaderName, HeaderValue, Uri};
use traced::instrumentation::{Counted, OwnedSpan, Start};
use traced_conventions::attribute::{HTTP_REQUEST_HEADER as REQUEST_HEADER, HTTP_RESPONSE_HEADER as RESPONSE_HEADER};
use traced_conventions::method::KnownMethods;
use traced_conventions::url::SECRET_KEYS;

use crate::captured::Captured;
use crate::head::{Head, Trust};

pub(super) type Read<T> = Arc<dyn for<'a> Fn(&'a Extensions) -> Option<T> + Send + Sync>;
pub(super) type ReadText = Arc<dyn for<'a> Fn(&'a Extensions) -> Option<&'a str> + Send + Sync>;
pub(super) type ReadUri = Arc<dyn for<'a> Fn(&'a Extensions) -> Option<&'a Uri> + Send + Sync>;
pub(super) type Ignore = Arc<dyn Fn(Head<'_>) -> bool + Send + Sync>;
pub(super) type More = Arc<dyn Fn(Head<'_>, &mut Start<'_>) + Send + Sync>;

// For the compiler, which does not see otherwise that what is read lives as long as what it is read from.
pub(super) fn text(read: impl for<'a> Fn(&'a Extensions) -> Option<&'a str> + Send + Sync + 'static) -> ReadText {
    Arc::new(read)
}

pub(super) fn uri(read: impl for<'a> Fn(&'a Extensions) -> Option<&'a Uri> + Send + Sync + 'static) -> ReadUri {
    Arc::new(read)
}

#[derive(Clone)]
pub(super) struct Config {
    pub(super) route: Option<ReadText>,
    pub(super) peer: Option<Read<SocketAddr>>,
    pub(super) uri: Option<ReadUri>,
    pub(super) ignore: Option<Ignore>,
    pub(super) more: Option<More>,
    pub(super) trust: Trust,
    pub(super) scheme: &'static str,
    pub(super) is_public: bool,
    pub(super) methods: KnownMethods,
    pub(super) secret_keys: Vec<String>,
    pub(super) request_headers: Captured,
    pub(super) response_headers: Captured,
    pub(super) correlation_id: Option<HeaderName>,
    pub(super) server_timing: bool,
}

impl Default for Config {
    fn default() -> Self {
        const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE";
        Self {
            route: None,
            peer: None,
            uri: None,
            ignore: None,
            more: None,
            trust: Trust { forwarded: true, proxies: None },
            scheme: "http",
            is_public: false,
            methods: KnownMethods::default(),
            secret_keys: SECRET_KEYS.map(str::to_owned).to_vec(),
            request_headers: Captured::from_environment(&format!("{VARIABLE}_REQUEST_HEADERS"), REQUEST_HEADER),
            response_headers: Captured::from_environment(&format!("{VARIABLE}_RESPONSE_HEADERS"), RESPONSE_HEADER),
            correlation_id: None,
            server_timing: false,
        }
    }
}

/// Says that the request has a span, and takes the route that a layer further in knows.
#[derive(Clone, Default)]
pub(super) struct Mark {
    /// Only there while the route is not known.
    pub(super) late: Option<Arc<OnceLock<Box<str>>>>,
}

/// What of a request is needed when its answer comes.
pub(super) struct Facts {
    pub(super) config: Arc<Config>,
    pub(super) mark: Mark,
    pub(super) method: &'static str,
    /// No body follows the answer's head: the method is HEAD or CONNECT.
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
    pub(super) correlation_id: Option<HeaderValue>,
    /// The request among those that are being answered.
    pub(super) active: Option<Box<Counted>>,
}

/// A span and what is needed to end it.
pub(super) type Started = (OwnedSpan, Facts);
