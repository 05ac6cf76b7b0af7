//! The header map that axum, hyper, reqwest and tonic share.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::carriers::NOT_TEXT;
use super::format::{Extractor, Injector};
use crate::process::diagnostics::warn_once;

/// ```
/// let mut headers = http::HeaderMap::new();
/// traced::propagation::inject(&mut headers);
/// let context = traced::propagation::extract(&headers);
/// # let _ = context;
/// ```
impl Injector for HeaderMap {
    fn set(&mut self, key: &str, value: String) {
        match (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => drop(self.insert(name, value)),
            _ => warn_once("http.header", || format!("the header {key:?} is not sent: not a valid name or value")),
        }
    }

    fn remove(&mut self, key: &str) {
        Self::remove(self, key);
    }
}

impl Extractor for HeaderMap {
    fn get_all(&self, key: &str) -> Vec<&str> {
        Self::get_all(self, key).iter().map(|value| std::str::from_utf8(value.as_bytes()).unwrap_or(NOT_TEXT)).collect()
    }

    fn keys(&self) -> Vec<&str> {
        Self::keys(self).map(HeaderName::as_str).collect()
    }
}
