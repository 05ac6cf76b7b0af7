//! Endpoints: the defaults, the one rule for them, and how a URL may be shown.

use std::time::Duration;

#[cfg(feature = "otlp-http")]
use ureq::http::Uri;

/// The base URL of a Collector on this machine. OTLP exporter specification, "Endpoint URLs for OTLP/HTTP".
pub(crate) const DEFAULT_ENDPOINT: &str = "http://localhost:4318";
/// The path of traces below a base URL.
pub(crate) const TRACES_PATH: &str = "v1/traces";
/// How long one request may take.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Finds the two mistakes in an endpoint that would otherwise only show as spans that do not arrive. Whether the text
/// is a URL at all is not asked here.
///
/// # Errors
///
/// The mistake and the way out. The URL is not repeated: it may hold a password.
pub(crate) fn check_endpoint(url: &str, is_base: bool) -> Result<(), String> {
    let url = url.trim();
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    if is_base && path.strip_suffix(TRACES_PATH).is_some_and(|before| before.ends_with('/')) {
        return Err(format!(
            "the endpoint ends in /{TRACES_PATH}, which is appended to it: leave that out, or set \
             OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (in code: otlp_traces_endpoint, or traces_endpoint of the exporter's \
             own builder), which is used as it is"
        ));
    }
    let is_https = url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    if is_https && !cfg!(feature = "tls") {
        return Err("the endpoint begins with https: switch on the feature `tls` of traced, or use http://, for \
                    instance to a Collector on the same machine"
            .to_owned());
    }
    Ok(())
}

/// A URL without user name, password, query and fragment. `None` when the text is none, and may be a secret that
/// went astray; an address without a scheme is shown, since leaving it out is a common mistake.
pub(crate) fn shown_url(text: &str) -> Option<String> {
    let text = text.trim().split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = is_host(host)?;
    match scheme {
        Some(scheme) => is_scheme(scheme).then(|| format!("{scheme}://{host}{path}")),
        None => has_port.then(|| format!("{host}{path}")),
    }
}

/// What OTLP is sent over, as messages name it, and the port where receivers of it usually listen.
#[cfg(feature = "otlp-http")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
}

/// Reads an endpoint.
///
/// # Errors
///
/// When it is no URL to which could be sent; the message says the way out and holds no secret.
#[cfg(feature = "otlp-http")]
pub(crate) fn parse_endpoint(url: &str, Protocol { name, port }: Protocol) -> Result<Uri, String> {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    if rest.starts_with("http://") || rest.starts_with("https://") {
        return Err("it begins with two schemes: leave one out".to_owned());
    }
    let uri = url.parse::<Uri>().ok().filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    // Half of what looks like a port is.
    let authority = uri.as_ref().and_then(Uri::authority).map_or("", |authority| authority.as_str());
    let place = if uri.is_some() { authority } else { rest.split(['/', '?', '#']).next().unwrap_or_default() };
    if has_port(place) && uri.as_ref().and_then(Uri::port_u16).is_none_or(|port| port == 0) {
        return Err(format!(
            "its port is none: a port is a number from 1 to 65535, and receivers of {name} usually listen at {port}"
        ));
    }
    // The text is not repeated: it may hold a password.
    uri.ok_or_else(|| {
        format!("the endpoint is no URL that begins with http:// or https://, as in http://localhost:{port}")
    })
}

/// Whether something stands where a port belongs, even if it is nothing.
#[cfg(feature = "otlp-http")]
fn has_port(authority: &str) -> bool {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.rsplit_once(']').map_or(host, |(_, port)| port).contains(':')
}

/// The port, or the usual one of the scheme.
#[cfg(feature = "otlp-http")]
pub(crate) fn port_of(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

/// Whether it can only be this machine, which no proxy stands in front of.
#[cfg(feature = "otlp-http")]
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Whether a host has a port; `None` when it is none. It may be missing.
fn is_host(text: &str) -> Option<bool> {
    let (name, rest, more) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((address, rest)) => (address, rest, ":%"),
        None => (text.split(':').next()?, text.find(':').map_or("", |colon| &text[colon..]), ""),
    };
    let is_name = name.chars().all(|c| c.is_alphanumeric() || "-._~".contains(c) || more.contains(c));
    let port = rest.strip_prefix(':');
    let is_port = rest.is_empty() || port.is_some_and(looks_like_port);
    (is_name && is_port).then_some(port.is_some_and(|port| !port.is_empty()))
}

/// Whether it is a port, or one with a slip in it, which whoever made it wants to see: short, and digits for the most part.
fn looks_like_port(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits == text.len() || (text.len() <= 6 && digits * 2 > text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_secrets() {
        for (text, expected) in [
            ("http://u:p@h:1/p?k=v#f", Some("http://h:1/p")),
            ("http://h/a@b", Some("http://h/a@b")),
            (" http://[::1]:4318/ ", Some("http://[::1]:4318/")),
            ("localhost:4318", Some("localhost:4318")),
            ("u:s3cret@h:4318/p", Some("h:4318/p")),
            ("http://u:s3cret@", Some("http://")),
            ("http://u:s3cret/@h/", None),
            ("http://u:p w@h:x", None),
            ("user:secret", None),
            ("s3cret", None),
            ("://s3cret", None),
            ("Bearer s3cret", None),
            ("s3cret key://h", None),
            ("[::1", None),
            ("", None),
        ] {
            assert_eq!(shown_url(text).as_deref(), expected, "{text}");
        }
    }

    #[cfg(feature = "otlp-http")]
    #[test]
    fn loopback() {
        for (url, expected) in
            [("http://localhost", true), ("http://127.1.2.3:1", true), ("http://[::1]", true), ("http://h", false)]
        {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn a_base_url_does_not_have_the_path_of_traces() {
        for url in ["http://h/v1/traces", "http://h/v1/traces/", "http://h/a/v1/traces?k=s3cret"] {
            let mistake = check_endpoint(url, true).unwrap_err();
            assert!(mistake.contains("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") && !mistake.contains("s3cret"), "{mistake}");
            assert_eq!(check_endpoint(url, false), Ok(()), "{url} is used as it is");
        }
        for url in ["http://h", "http://h/v1", "http://h/av1/traces/b", "http://h/v1/traces2"] {
            assert_eq!(check_endpoint(url, true), Ok(()), "{url}");
        }
        let https = check_endpoint(" HTTPS://u:s3cret@h", false);
        assert_eq!(https.is_ok(), cfg!(feature = "tls"), "{https:?}");
    }
}
