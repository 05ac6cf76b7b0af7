//! Headers that are recorded because somebody listed them.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use traced::instrumentation::{OwnedSpan, Start};
use traced_conventions::REDACTED;

/// A list of headers, with the keys of their attributes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captured {
    headers: Vec<(HeaderName, String)>,
    shows_secrets: bool,
}

impl Captured {
    /// Those of an environment variable, as the Java agent has them.
    pub(crate) fn from_environment(variable: &str, prefix: &str) -> Self {
        let list = std::env::var(variable).unwrap_or_default();
        let mut captured = Self::default();
        captured.add(list.split(',').map(str::trim), prefix);
        captured
    }

    /// Adds headers; names that no header can have are left out.
    pub(crate) fn add(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>, prefix: &str) {
        for name in names {
            let Ok(name) = HeaderName::try_from(name.as_ref()) else { continue };
            if self.headers.iter().all(|(known, _)| *known != name) {
                let key = format!("{prefix}.{name}");
                self.headers.push((name, key));
            }
        }
    }

    /// Values of secret headers are shown from here on.
    pub(crate) fn show_secrets(&mut self) {
        self.shows_secrets = true;
    }

    /// Each header that is there, with the key of its attribute.
    fn found<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = (&'a str, Vec<Cow<'a, str>>)> {
        self.headers.iter().filter_map(|(name, key)| {
            let values: Vec<_> = headers.get_all(name).iter().map(|value| self.shown(name, value)).collect();
            (!values.is_empty()).then_some((key.as_str(), values))
        })
    }

    fn shown<'a>(&self, name: &HeaderName, value: &'a HeaderValue) -> Cow<'a, str> {
        let is_secret = value.is_sensitive() || [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE].contains(name);
        if is_secret && !self.shows_secrets {
            Cow::Borrowed(REDACTED)
        } else {
            String::from_utf8_lossy(value.as_bytes())
        }
    }

    pub(crate) fn at_start(&self, headers: &HeaderMap, start: &mut Start<'_>) {
        for (key, values) in self.found(headers) {
            start.attribute(key, &values);
        }
    }

    pub(crate) fn on_span(&self, headers: &HeaderMap, span: &mut OwnedSpan) {
        for (key, values) in self.found(headers) {
            span.set_attribute(key, &values);
        }
    }
}
