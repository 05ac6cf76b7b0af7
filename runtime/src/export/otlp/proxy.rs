//! The proxy that the environment names: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, `ALL_PROXY` where that is not
//! set, and none for the hosts of `NO_PROXY`. Names in small letters count as well.

use std::fmt;

use traced_core::__runtime::diagnostics;
use ureq::http::Uri;
use ureq::{Proxy, ProxyBuilder, ProxyProtocol};

use super::url::is_loopback;

/// A proxy, and the variable that names it.
#[derive(Clone)]
pub(crate) struct NamedProxy {
    pub(crate) proxy: Proxy,
    variable: &'static str,
}

impl NamedProxy {
    /// The proxy for an endpoint, if there is one that can be reached in one of these ways.
    pub(crate) fn of_environment(endpoint: &Uri, ways: &[ProxyProtocol]) -> Option<Self> {
        if is_loopback(endpoint) {
            return None;
        }
        let (proxy, variable) = choose(endpoint, |name| std::env::var(name).ok())?;
        match proxy {
            Ok(proxy) if proxy.is_no_proxy(endpoint) => None,
            Ok(proxy) if ways.contains(&proxy.protocol()) => Some(Self { proxy, variable }),
            _ => {
                // The text is not repeated: it may hold a password.
                diagnostics::warn(format_args!(
                    "{variable} is no URL of a proxy that can be used, as in http://proxy:3128, and is not used"
                ));
                None
            }
        }
    }
}

/// For messages, without user name and password.
impl fmt::Display for NamedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { proxy, variable } = self;
        write!(f, "; through the proxy {}:{}, which {variable} names", proxy.host(), proxy.port())
    }
}

type Chosen = (Result<Proxy, ureq::Error>, &'static str);

fn choose(endpoint: &Uri, read: impl Fn(&str) -> Option<String>) -> Option<Chosen> {
    let names: [&'static str; 4] = if endpoint.scheme_str() == Some("https") {
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    };
    let set = |name: &str| read(name).filter(|value| !value.trim().is_empty());
    let (name, url) = names.into_iter().find_map(|name| Some((name, set(name)?)))?;
    let exceptions = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default();
    Some((build(url.trim(), &exceptions), name))
}

fn build(url: &str, exceptions: &str) -> Result<Proxy, ureq::Error> {
    let parsed = Proxy::new(url)?;
    let mut proxy = Proxy::builder(parsed.protocol()).host(parsed.host()).port(parsed.port());
    if let Some(name) = parsed.username() {
        proxy = proxy.username(name);
    }
    if let Some(password) = parsed.password() {
        proxy = proxy.password(password);
    }
    exceptions.split(',').map(str::trim).filter(|host| !host.is_empty()).fold(proxy, ProxyBuilder::no_proxy).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(endpoint: &str, set: &[(&str, &str)]) -> Option<String> {
        let endpoint = endpoint.parse().unwrap();
        let read = |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let (proxy, variable) = choose(&endpoint, read)?;
        let proxy = proxy.unwrap();
        (!proxy.is_no_proxy(&endpoint)).then(|| NamedProxy { proxy, variable }.to_string())
    }

    #[test]
    fn the_scheme_chooses() {
        let all = [("HTTPS_PROXY", "http://u:secret@s:1"), ("HTTP_PROXY", "http://p:2"), ("ALL_PROXY", "http://a:3")];
        assert_eq!(chosen("https://h", &all).unwrap(), "; through the proxy s:1, which HTTPS_PROXY names");
        assert_eq!(chosen("http://h", &all).unwrap(), "; through the proxy p:2, which HTTP_PROXY names");
        assert_eq!(chosen("http://h", &all[..1]), None, "a proxy for https is none for http");
        assert_eq!(chosen("http://h", &all[2..]).unwrap(), "; through the proxy a:3, which ALL_PROXY names");
        assert_eq!(
            chosen("http://h", &[("http_proxy", "p:8"), ("HTTP_PROXY", " ")]).unwrap(),
            "; through the proxy p:8, which http_proxy names"
        );
        assert_eq!(chosen("http://h", &[]), None);
    }

    #[test]
    fn exceptions_go_direct() {
        let set = [("ALL_PROXY", "http://a:3"), ("NO_PROXY", "localhost, .internal ,h")];
        for (endpoint, goes_direct) in [("http://h:4318", true), ("https://x.internal", true), ("http://other", false)]
        {
            assert_eq!(chosen(endpoint, &set).is_none(), goes_direct, "{endpoint}");
        }
    }
}
