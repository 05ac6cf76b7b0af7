//! Where requests go.

use ureq::http::Uri;
use ureq::http::uri::PathAndQuery;

use crate::export::otlp::url::{Protocol, parse_endpoint};
use crate::export::otlp::{TRACES_PATH, check_endpoint, shown_url};

const OTLP_HTTP: Protocol = Protocol { name: "OTLP/HTTP", port: 4318 };

/// A checked URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Endpoint {
    uri: Uri,
    /// Whether it is used as it was given.
    is_exact: bool,
}

impl Endpoint {
    /// A base URL, to which `v1/traces` is appended.
    ///
    /// # Errors
    ///
    /// When it is no URL, or spans could not arrive there; the message says the way out and holds no secret.
    pub(super) fn from_base(base: &str) -> Result<Self, String> {
        let uri = parse_endpoint(base.trim(), OTLP_HTTP)?;
        check_endpoint(base, true)?;
        let path = format!("{}/{TRACES_PATH}", uri.path().trim_end_matches('/'));
        Ok(Self { uri: with_path(uri, path)?, is_exact: false })
    }

    /// A URL that is used as it is.
    ///
    /// # Errors
    ///
    /// As [`from_base`](Self::from_base).
    pub(super) fn exact(url: &str) -> Result<Self, String> {
        let uri = parse_endpoint(url.trim(), OTLP_HTTP)?;
        check_endpoint(url, false)?;
        Ok(Self { uri, is_exact: true })
    }

    pub(super) const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// What to try when nothing, or nothing that talks OTLP/HTTP, answers there.
    pub(super) fn hint(&self) -> &'static str {
        if self.uri.port_u16() == Some(4317) {
            " (4317 is the port of OTLP/gRPC; OTLP/HTTP is usually at 4318)"
        } else if self.is_exact && self.uri.path().len() <= 1 {
            " (its path is empty, and is used as it is; receivers listen at /v1/traces)"
        } else {
            ""
        }
    }

    /// The variable that says where requests go.
    pub(super) const fn variable(&self) -> &'static str {
        if self.is_exact { "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" } else { "OTEL_EXPORTER_OTLP_ENDPOINT" }
    }
}

/// Without user name, password and query.
impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(shown_url(&self.uri.to_string()).as_deref().unwrap_or("(not shown)"))
    }
}

fn with_path(uri: Uri, path: String) -> Result<Uri, String> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.into_parts();
    let path = PathAndQuery::try_from(path + &query).map_err(|error| error.to_string())?;
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str) -> String {
        Endpoint::from_base(url).unwrap().uri.to_string()
    }

    #[test]
    fn a_base_gets_the_path_of_traces() {
        assert_eq!(base("http://localhost:4318"), "http://localhost:4318/v1/traces");
        assert_eq!(base("http://collector:4318/"), "http://collector:4318/v1/traces");
        assert_eq!(base("http://collector/mycollector/"), "http://collector/mycollector/v1/traces");
        assert_eq!(base("http://collector/mycollector"), "http://collector/mycollector/v1/traces");
        assert_eq!(base(" http://[::1]:4318?tenant=a "), "http://[::1]:4318/v1/traces?tenant=a");
    }

    #[test]
    fn an_exact_one_stays_as_it_is() {
        let exact = |url| Endpoint::exact(url).unwrap().uri.to_string();
        assert_eq!(exact("http://collector:4318"), "http://collector:4318/");
        assert_eq!(exact("http://collector/a/b/"), "http://collector/a/b/");
    }

    #[test]
    fn a_base_that_already_has_the_path_is_an_error() {
        let mistake = Endpoint::from_base("http://u:secret@h/v1/traces/").unwrap_err();
        assert!(mistake.contains("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") && !mistake.contains("secret"), "{mistake}");
        assert_eq!(Endpoint::exact("http://u:secret@h/v1/traces/").unwrap().uri.path(), "/v1/traces/");
        assert_eq!(base("http://h/v1"), "http://h/v1/v1/traces");
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_keeps_passwords() {
        for bad in ["", "localhost:4318", "ftp://secret@h", "http://", "http:// secret", "://secret", "/v1/traces"] {
            let error = Endpoint::from_base(bad).unwrap_err();
            assert!(error.contains("http://localhost:4318") && !error.contains("secret"), "{bad}: {error}");
        }
        assert_eq!(Endpoint::exact("http://u:secret@h:1/p?key=secret").unwrap().to_string(), "http://h:1/p");
    }

    #[test]
    fn a_port_that_is_none_is_an_error() {
        for bad in
            ["http://h:4318O", "http://h:99999", "http://h:-1", "http://h:", "http://u:secret@h:0", "http://[::1]:x"]
        {
            let error = Endpoint::from_base(bad).unwrap_err();
            assert!(error.contains("port") && !error.contains("secret"), "{bad}: {error}");
        }
        for bad in ["http://http://h:4318", "http://https://h"] {
            assert!(Endpoint::exact(bad).unwrap_err().contains("two schemes"), "{bad}");
        }
        for good in ["http://h", "http://[::1]", "http://[::1]:4318", "http://u:secret@h"] {
            assert!(Endpoint::from_base(good).is_ok(), "{good}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn https_needs_its_feature() {
        assert!(Endpoint::from_base("https://h").unwrap_err().contains("`tls`"));
    }
}
