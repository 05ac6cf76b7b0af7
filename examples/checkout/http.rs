//! HTTP: where a request leaves one service and enters another.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use axum::Router;
use axum::extract::MatchedPath;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use traced_reqwest::{Spans, UrlTemplate};
use traced_tower::ServerLayer;

use crate::error::ServiceError;
use crate::processes;
use crate::role::{self, Role};

/// The header under whose value a customer's request is found: in the answer, in calls between the services, in spans.
/// It is the trace id, unless the customer has chosen another.
pub(crate) const CORRELATION_ID: &str = "x-correlation-id";

/// Serves `router` with a span for each request.
pub(crate) async fn serve(router: Router, spans: ServerLayer) -> anyhow::Result<()> {
    announce_and_serve(router.layer(spans.route(MatchedPath::as_str).correlation_id(CORRELATION_ID))).await
}

/// Serves `router` on a free loopback port until the process is told to stop, then lets the requests under way finish.
pub(crate) async fn announce_and_serve(router: Router) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    processes::announce(listener.local_addr()?)?;
    Ok(axum::serve(listener, router).with_graceful_shutdown(processes::told_to_stop()).await?)
}

/// Another service, as its callers see it.
#[derive(Clone)]
pub(crate) struct Peer {
    role: Role,
    url: String,
    client: ClientWithMiddleware,
    untraced: reqwest::Client,
}

impl Peer {
    /// The service at the address that the parent process has put in the environment.
    pub(crate) fn from_environment(role: Role) -> anyhow::Result<Self> {
        let untraced = client()?;
        let spans = Spans::default().correlation_id(CORRELATION_ID);
        let client = ClientBuilder::new(untraced.clone()).with(spans).build();
        Ok(Self { role, url: role::url_of(role)?, client, untraced })
    }

    /// Posts `body` to `path` and reads the answer.
    pub(crate) async fn post<B, A>(&self, path: &'static str, body: &B) -> Result<A, ServiceError>
    where
        B: Serialize,
        A: DeserializeOwned,
    {
        let request = self.client.post(format!("{}{path}", self.url)).with_extension(UrlTemplate(path)).json(body);
        let answer = request.send().await.map_err(|source| self.unreachable(source))?;
        match answer.status() {
            status if status.is_success() => answer.json().await.map_err(|source| self.unreachable(source)),
            status => Err(ServiceError::from_answer(self.role, status, answer.json().await.ok())),
        }
    }

    /// Posts `body` to a broker, whose protocol is nobody's business.
    pub(crate) async fn post_untraced<B: Serialize>(&self, path: &str, body: &B) -> Result<(), ServiceError> {
        let request = self.untraced.post(format!("{}{path}", self.url)).json(body);
        match request.send().await.map_err(|source| self.unreachable(source))?.status() {
            status if status.is_success() => Ok(()),
            status => Err(ServiceError::from_answer(self.role, status, None)),
        }
    }

    fn unreachable(&self, source: impl Into<reqwest_middleware::Error>) -> ServiceError {
        ServiceError::Unreachable { role: self.role, source: source.into() }
    }
}

/// An HTTP client for loopback addresses, which no proxy could reach.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().build()
}
