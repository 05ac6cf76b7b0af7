//! What the exporters of OTLP have in common, whatever they send over: settings, endpoints, certificates, proxies,
//! credentials, and what is said about the other end.

#[cfg(feature = "otlp-http")]
pub(crate) mod common;
#[cfg(feature = "otlp-http")]
pub(crate) mod credentials;
#[cfg(feature = "otlp-http")]
pub(crate) mod error;
#[cfg(feature = "otlp-http")]
pub(crate) mod names;
#[cfg(feature = "otlp-http")]
pub(crate) mod peer;
#[cfg(feature = "otlp-http")]
pub(crate) mod proxy;
#[cfg(feature = "otlp-http")]
pub(crate) mod tls;
pub(crate) mod url;

pub(crate) use self::url::{DEFAULT_ENDPOINT, DEFAULT_TIMEOUT, TRACES_PATH, check_endpoint, shown_url};
