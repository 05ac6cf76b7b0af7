//! HTTP methods: those that are known, and what a span says of the others.

use std::sync::OnceLock;

/// The word for a method that is not known.
pub const OTHER: &str = "_OTHER";

/// The variable that replaces the list of known methods.
pub const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

/// The methods that are known unless something else is configured.
pub const DEFAULT: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"];

/// The methods that spans name. All others are [`OTHER`], since a caller chooses them.
///
/// ```
/// use traced_conventions::method::KnownMethods;
/// let methods = KnownMethods::new(["GET", "PURGE"]);
/// assert_eq!(methods.of("PURGE"), "PURGE");
/// assert_eq!(methods.of("get"), "_OTHER"); // methods are case-sensitive
/// ```
#[derive(Clone, Debug)]
pub struct KnownMethods(&'static [&'static str]);

impl Default for KnownMethods {
    /// Those of the variable [`VARIABLE`], a comma-separated list that replaces the default; read once for a process.
    fn default() -> Self {
        static CONFIGURED: OnceLock<KnownMethods> = OnceLock::new();
        CONFIGURED.get_or_init(|| from_list(std::env::var(VARIABLE).ok().as_deref())).clone()
    }
}

fn from_list(list: Option<&str>) -> KnownMethods {
    let named = list.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = KnownMethods::new(named);
    if known.0.is_empty() { KnownMethods(&DEFAULT) } else { known }
}

impl KnownMethods {
    /// Exactly these. Each list is kept for good: make it when the program starts, not for each request.
    pub fn new(methods: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let kept = |name: &str| -> &'static str {
            DEFAULT.into_iter().find(|known| *known == name).unwrap_or_else(|| String::leak(name.to_owned()))
        };
        Self(Vec::leak(methods.into_iter().map(|name| kept(name.as_ref())).collect()))
    }

    /// The method as a span names it: itself, or [`OTHER`].
    #[must_use]
    pub fn of(&self, method: &str) -> &'static str {
        self.0.iter().find(|known| **known == method).copied().unwrap_or(OTHER)
    }

    /// All of them, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_replaces_the_list() {
        assert_eq!(from_list(None).of("QUERY"), "QUERY");
        assert_eq!(from_list(Some("")).of("GET"), "GET");
        assert_eq!(from_list(Some(" , ")).of("GET"), "GET");
        let purge = from_list(Some("PURGE, GET"));
        assert_eq!([purge.of("PURGE"), purge.of("GET"), purge.of("POST")], ["PURGE", "GET", OTHER]);
    }
}
