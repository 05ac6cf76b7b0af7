//! Headers of NATS as a carrier.

use async_nats::HeaderMap;
use traced::propagation::{Extractor, Injector};

/// Other languages write names in other cases, and NATS keeps them as they are: they are found whatever their case.
pub(crate) struct Headers(pub(crate) HeaderMap);

/// The same of a message that has come.
pub(crate) struct Received<'a>(pub(crate) Option<&'a HeaderMap>);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key, value);
    }
}

impl Extractor for Headers {
    fn get_all(&self, key: &str) -> Vec<&str> {
        values(&self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        names(&self.0)
    }
}

impl Extractor for Received<'_> {
    fn get_all(&self, key: &str) -> Vec<&str> {
        self.0.map(|headers| values(headers, key)).unwrap_or_default()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.map(names).unwrap_or_default()
    }
}

fn values<'a>(headers: &'a HeaderMap, key: &str) -> Vec<&'a str> {
    let same = headers.iter().filter(|(name, _)| AsRef::<str>::as_ref(*name).eq_ignore_ascii_case(key));
    same.flat_map(|(_, values)| values).map(async_nats::HeaderValue::as_str).collect()
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_ref()).collect()
}
