//! What can be set for a client.

use http::HeaderName;
use traced_conventions::attribute::{HTTP_REQUEST_HEADER, HTTP_RESPONSE_HEADER};
use traced_conventions::method::KnownMethods;
use traced_conventions::url::SECRET_KEYS;

use crate::captured::Captured;
use crate::error::ErrorTypes;

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) methods: KnownMethods,
    pub(crate) secret_keys: Vec<String>,
    pub(crate) request_headers: Captured,
    pub(crate) response_headers: Captured,
    pub(crate) correlation_id: Option<HeaderName>,
    pub(crate) errors: ErrorTypes,
}

impl Default for Config {
    fn default() -> Self {
        const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE";
        Self {
            methods: KnownMethods::default(),
            secret_keys: SECRET_KEYS.map(str::to_owned).to_vec(),
            request_headers: Captured::from_environment(&format!("{VARIABLE}_REQUEST_HEADERS"), HTTP_REQUEST_HEADER),
            response_headers: Captured::from_environment(&format!("{VARIABLE}_RESPONSE_HEADERS"), HTTP_RESPONSE_HEADER),
            correlation_id: None,
            errors: ErrorTypes::default(),
        }
    }
}
