//! Who the client is, and what it asked, behind proxies: `Forwarded`, `X-Forwarded-*` and `host:port`.
//!
//! What these headers say are claims of whoever sent them. The conventions follow them; with the number of proxies that
//! you run yourself ([`client_address`]) a claim counts only as far as one of those has written it.

/// A host and, if it is there, a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HostPort<'a> {
    /// The host, without the brackets of an IPv6 address; never empty.
    pub host: &'a str,
    /// The port.
    pub port: Option<u16>,
}

/// Splits `host`, `host:port`, `[::1]:port` and a bare IPv6 address; `None` where there is no host, or what no host can be.
///
/// ```
/// use traced_conventions::forwarded::host_port;
/// let parts = host_port("[::1]:8080").unwrap();
/// assert_eq!((parts.host, parts.port), ("::1", Some(8080)));
/// ```
#[must_use]
pub fn host_port(text: &str) -> Option<HostPort<'_>> {
    let text = text.trim();
    let (host, rest) = match text.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        // More than one colon and no brackets: an IPv6 address, and no port.
        None if text.bytes().filter(|byte| *byte == b':').count() > 1 => (text, ""),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = rest.strip_prefix(':').and_then(|port| port.parse().ok());
    is_host(host).then_some(HostPort { host, port })
}

/// Whether this can be a name or an address: what else clients send in place of one is none.
fn is_host(text: &str) -> bool {
    let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%' | b'~');
    !text.is_empty() && text.bytes().all(is_of_host)
}

/// One hop of a `Forwarded` header.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Hop<'a> {
    /// `for`: who asked; may have a port, or be no address.
    pub client: Option<&'a str>,
    /// `host`: what was asked.
    pub host: Option<&'a str>,
    /// `proto`: the scheme.
    pub proto: Option<&'a str>,
}

/// The hops of one `Forwarded` header, the client's first.
///
/// Follows RFC 7239. A quoted value with an escape in it is left out: no address, host or scheme needs one.
pub fn hops(value: &str) -> impl Iterator<Item = Hop<'_>> {
    split_outside_quotes(value, b',').map(|hop| {
        let mut found = Hop::default();
        for pair in split_outside_quotes(hop, b';') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = unquoted(value);
            let place = match name.trim() {
                name if name.eq_ignore_ascii_case("for") => &mut found.client,
                name if name.eq_ignore_ascii_case("host") => &mut found.host,
                name if name.eq_ignore_ascii_case("proto") => &mut found.proto,
                _ => continue,
            };
            *place = value;
        }
        found
    })
}

fn unquoted(value: &str) -> Option<&str> {
    let value = value.trim();
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    (!inside.is_empty() && !inside.contains(['\\', '"'])).then_some(inside)
}

fn split_outside_quotes(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let mut is_quoted = false;
        let end = whole.bytes().position(|byte| {
            is_quoted ^= byte == b'"';
            byte == separator && !is_quoted
        });
        let (part, more) = match end {
            Some(end) => (&whole[..end], Some(&whole[end + 1..])),
            None => (whole, None),
        };
        rest = more;
        Some(part)
    })
}

/// The items of a comma-separated header such as `X-Forwarded-For`, which may come several times.
pub fn items<'a>(values: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

/// The address in a `for=` or an item of `X-Forwarded-For`: without quotes, brackets and port. `unknown` and names that
/// begin with `_` are no addresses.
#[must_use]
pub fn address(claim: &str) -> Option<&str> {
    let claim = unquoted(claim)?;
    let host = host_port(claim)?.host;
    let is_hidden = host.starts_with('_') || host.eq_ignore_ascii_case("unknown");
    (!is_hidden).then_some(host)
}

/// The client among the claims of a request, the client's first as headers have them.
///
/// With `trusted_proxies`, the number of proxies of your own in front of the server, it is the claim that the outermost of
/// them wrote: that many from the right. Without, the first that is an address, which the client may have invented.
///
/// ```
/// use traced_conventions::forwarded::client_address;
/// let claims = ["6.6.6.6", "203.0.113.7"]; // the client sent the first one itself
/// assert_eq!(client_address(claims, None), Some("6.6.6.6"));
/// assert_eq!(client_address(claims, Some(1)), Some("203.0.113.7"));
/// ```
#[must_use]
pub fn client_address<'a>(
    claims: impl IntoIterator<Item = &'a str>,
    trusted_proxies: Option<usize>,
) -> Option<&'a str> {
    let mut claims = claims.into_iter();
    match trusted_proxies {
        None => claims.find_map(address),
        Some(0) => None,
        Some(proxies) => {
            let claims: Vec<_> = claims.collect();
            address(claims.get(claims.len().saturating_sub(proxies))?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_split() {
        for (text, expected) in [
            ("shop.example", Some(("shop.example", None))),
            ("shop.example:8080", Some(("shop.example", Some(8080)))),
            ("shop.example:http", Some(("shop.example", None))),
            ("shop.example:99999", Some(("shop.example", None))),
            ("[::1]:8080", Some(("::1", Some(8080)))),
            ("[2001:db8::1]", Some(("2001:db8::1", None))),
            ("2001:db8::1", Some(("2001:db8::1", None))),
            ("", None),
            (":80", None),
            ("[]:80", None),
            ("[::1", None),
            ("]", None),
            ("a b", None),
            ("a/b@c", None),
            ("<script>", None),
        ] {
            assert_eq!(host_port(text).map(|parts| (parts.host, parts.port)), expected, "{text:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_specification_has_it() {
        let hops: Vec<_> =
            hops(r#"For="[2001:db8:cafe::17]:4711";proto=https;host="a,b.example" , for=192.0.2.60;by=x"#).collect();
        assert_eq!(hops.len(), 2);
        assert_eq!(hops[0].client.and_then(address), Some("2001:db8:cafe::17"));
        assert_eq!((hops[0].proto, hops[0].host), (Some("https"), Some("a,b.example")));
        assert_eq!(hops[1], Hop { client: Some("192.0.2.60"), host: None, proto: None });
    }

    #[test]
    fn what_hides_is_no_address() {
        for claim in ["unknown", "Unknown", "_hidden", "_SEVKISEK", "", "\"\"", "a b", "é"] {
            assert_eq!(address(claim), None, "{claim:?}");
        }
        assert_eq!(client_address(items(["unknown, 10.0.0.1:1234", "10.0.0.2"].into_iter()), None), Some("10.0.0.1"));
    }

    #[test]
    fn trusted_proxies_are_counted_from_the_right() {
        let claims = || ["1.1.1.1", "2.2.2.2", "3.3.3.3"];
        assert_eq!(client_address(claims(), Some(0)), None);
        assert_eq!(client_address(claims(), Some(2)), Some("2.2.2.2"));
        assert_eq!(client_address(claims(), Some(9)), Some("1.1.1.1"));
    }
}
