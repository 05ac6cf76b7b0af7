//! The head of a request, and what it says of its client and server.

use std::net::SocketAddr;

use http::header::HeaderName;
use http::{Extensions, HeaderMap, Method, Request, Uri, Version};
use traced_conventions::forwarded::{Hop, HostPort, client_address, hops, host_port, items};

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

    /// The extensions that others have attached to the request.
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

/// What the headers of proxies say, each looked for once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims<'a> {
    head: Head<'a>,
    proxies: Option<usize>,
    /// There are some, and they count.
    believes: bool,
    /// There is a `Forwarded`: what it does not say, the others may.
    has_forwarded: bool,
}

impl Trust {
    /// What the headers of a request say, as far as they count.
    pub(crate) fn claims(self, head: Head<'_>) -> Claims<'_> {
        // One look at the names is cheaper than four by hash, and most requests have none of them.
        let believes = self.forwarded && head.headers.keys().any(is_of_proxy);
        let has_forwarded = believes && head.headers.contains_key(&FORWARDED);
        Claims { head, proxies: self.proxies, believes, has_forwarded }
    }
}

fn is_of_proxy(name: &HeaderName) -> bool {
    let name = name.as_str();
    matches!(name.len(), 9 | 15..=17) && (name == "forwarded" || name.starts_with("x-forwarded-"))
}

impl<'a> Claims<'a> {
    /// `http` or `https`, by the headers of proxies, the URI, or `listener`.
    pub(crate) fn scheme(self, listener: &'static str) -> &'static str {
        let first = self.first_hop().and_then(|hop| hop.proto).or_else(|| self.first(&FORWARDED_PROTO));
        first.and_then(known_scheme).or_else(|| known_scheme(self.head.uri.scheme_str()?)).unwrap_or(listener)
    }

    /// What the client asked for, by the headers of proxies, the URI or `Host`.
    pub(crate) fn server(self) -> Option<HostPort<'a>> {
        let first = self.first_hop().and_then(|hop| hop.host).or_else(|| self.first(&FORWARDED_HOST));
        first.and_then(host_port).or_else(|| server_of(self.head))
    }

    /// Who asked, by the headers of proxies; `None` where only the peer is known.
    pub(crate) fn client(self) -> Option<&'a str> {
        if !self.believes {
            return None;
        }
        let by_hops = || {
            let clients = self.head.texts(&FORWARDED).flat_map(hops).filter_map(|hop| hop.client);
            client_address(clients, self.proxies)
        };
        let by_hops = if self.has_forwarded { by_hops() } else { None };
        by_hops.or_else(|| {
            let mut values = self.head.texts(&FORWARDED_FOR).peekable();
            values.peek()?;
            client_address(items(values), self.proxies)
        })
    }

    fn first_hop(self) -> Option<Hop<'a>> {
        if self.has_forwarded { hops(self.head.texts(&FORWARDED).next()?).next() } else { None }
    }

    fn first(self, name: &'static HeaderName) -> Option<&'a str> {
        if self.believes { items(self.head.texts(name).take(1)).next() } else { None }
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
