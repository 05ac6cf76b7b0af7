//! The proxy that the environment names: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, `ALL_PROXY` where that is not
//! set, and none for the hosts of `NO_PROXY`. Names in small letters count as well.

use traced_core::__runtime::diagnostics;
use ureq::http::Uri;
use ureq::{Proxy, ProxyBuilder};

/// The proxy for an endpoint, with the variable that names it.
pub(super) fn of_environment(endpoint: &Uri) -> Option<(Proxy, &'static str)> {
    let (proxy, name) = choose(endpoint, |name| std::env::var(name).ok())?;
    match proxy {
        Ok(proxy) => Some((proxy, name)).filter(|(proxy, _)| !proxy.is_no_proxy(endpoint)),
        Err(_) => {
            // The text is not repeated: it may hold a password.
            diagnostics::warn(format_args!("{name} is no URL of a proxy, as in http://proxy:3128, and is not used"));
            None
        }
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

/// The proxy for messages, without user name and password.
pub(super) fn shown(proxy: &Proxy, name: &str) -> String {
    format!("; through the proxy {}:{}, which {name} names", proxy.host(), proxy.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(endpoint: &str, set: &[(&str, &str)]) -> Option<String> {
        let endpoint = endpoint.parse().unwrap();
        let read = |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let (proxy, name) = choose(&endpoint, read)?;
        let proxy = proxy.unwrap();
        (!proxy.is_no_proxy(&endpoint)).then(|| shown(&proxy, name))
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
