//! The head of a request, and what it says of its client and server.

use std::net::SocketAddr;

use http::header::HeaderName;
use http::{Extensions, HeaderMap, Method, Request, Uri, Version};
use traced_conventions::forwarded::{HostPort, client_address, hops, host_port, items};

/// The head of a request, as the functions given to a layer see it.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> Head<'a> {
    pub(crate) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// The method.
    #[must_use]
    pub const fn method(self) -> &'a Method {
        self.method
    }

    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'a Uri {
        self.uri
    }

    /// The version of HTTP.
    #[must_use]
    pub const fn version(self) -> Version {
        self.version
    }

    /// The headers.
    #[must_use]
    pub const fn headers(self) -> &'a HeaderMap {
        self.headers
    }

    /// What others have attached to the request.
    #[must_use]
    pub const fn extensions(self) -> &'a Extensions {
        self.extensions
    }

    /// The text of a header.
    pub(crate) fn header(self, name: &HeaderName) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())
    }

    fn texts(self, name: &'static HeaderName) -> impl DoubleEndedIterator<Item = &'a str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

static FORWARDED: HeaderName = http::header::FORWARDED;
static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// How far headers of proxies are believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trust {
    pub(crate) forwarded: bool,
    pub(crate) proxies: Option<usize>,
}

impl Trust {
    /// `http` or `https`, by the headers of proxies, the URI, or `listener`.
    pub(crate) fn scheme(self, head: Head<'_>, listener: &'static str) -> &'static str {
        let claimed = || {
            if !self.forwarded {
                return None;
            }
            let first = head.texts(&FORWARDED).next().and_then(|value| hops(value).next()?.proto);
            known_scheme(first.or_else(|| items(head.texts(&FORWARDED_PROTO)).next())?)
        };
        claimed().or_else(|| known_scheme(head.uri.scheme_str()?)).unwrap_or(listener)
    }

    /// What the client asked for, by the headers of proxies, the URI or `Host`.
    pub(crate) fn server(self, head: Head<'_>) -> Option<HostPort<'_>> {
        let claimed = || {
            if !self.forwarded {
                return None;
            }
            let first = head.texts(&FORWARDED).next().and_then(|value| hops(value).next()?.host);
            host_port(first.or_else(|| items(head.texts(&FORWARDED_HOST)).next())?)
        };
        claimed().or_else(|| server_of(head))
    }

    /// Who asked, by the headers of proxies; `None` where only the peer is known.
    pub(crate) fn client(self, head: Head<'_>) -> Option<&str> {
        if !self.forwarded {
            return None;
        }
        let by_hops = head.texts(&FORWARDED).flat_map(hops).filter_map(|hop| hop.client);
        client_address(by_hops, self.proxies)
            .or_else(|| client_address(items(head.texts(&FORWARDED_FOR)), self.proxies))
    }
}

/// The server in the URI, else in `Host`.
pub(crate) fn server_of(head: Head<'_>) -> Option<HostPort<'_>> {
    let authority = head.uri.authority().map(http::uri::Authority::as_str);
    let authority = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    host_port(authority.or_else(|| head.header(&http::header::HOST))?)
}

fn known_scheme(scheme: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme))
}

/// As `network.protocol.version` has it.
pub(crate) const fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

/// The address of a peer as text, without allocating: an IPv4 address in an IPv6 one is shown as what it is.
pub(crate) fn address(peer: SocketAddr) -> std::net::IpAddr {
    peer.ip().to_canonical()
}
