//! The HTTP edges: where a request leaves one service and enters another.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use traced::{Status, traced};

use crate::error::ServiceError;
use crate::model::Message;
use crate::processes;
use crate::role::{self, Role};

/// The header in which the gateway tells a customer under which trace id to look for the request.
pub(crate) const TRACE_ID: &str = "x-trace-id";

/// Serves `router` on a free loopback port until the process is told to stop, then lets the requests under way finish.
pub(crate) async fn serve(router: Router) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    processes::announce(listener.local_addr()?)?;
    axum::serve(listener, router).with_graceful_shutdown(processes::told_to_stop()).await?;
    Ok(())
}

/// Another service, as its callers see it.
#[derive(Clone)]
pub(crate) struct Peer {
    role: Role,
    url: String,
    client: reqwest::Client,
}

impl Peer {
    /// The service at the address that the parent process has put in the environment.
    pub(crate) fn from_environment(role: Role) -> anyhow::Result<Self> {
        Ok(Self { role, url: role::setting(role.url_variable())?, client: client()? })
    }

    /// Posts `body` to `path` and reads the answer.
    #[traced("POST {path}", kind = client, attrs(http.request.method = "POST", url.full = %self.url_of(path)))]
    pub(crate) async fn post<B, A>(&self, path: &str, body: &B) -> Result<A, ServiceError>
    where
        B: Serialize + Sync,
        A: DeserializeOwned,
    {
        let mut headers = HeaderMap::new();
        traced::propagation::inject(&mut headers);
        let request = self.client.post(self.url_of(path)).headers(headers).json(body);
        let answer = request.send().await.map_err(|source| self.unreachable(source))?;
        let status = answer.status();
        traced::attrs!(http.response.status_code = status.as_u16());
        if !status.is_success() {
            return Err(ServiceError::from_answer(self.role, status, answer.json().await.ok()));
        }
        answer.json().await.map_err(|source| self.unreachable(source))
    }

    /// Hands a message to the queue; nobody has read it yet when this returns.
    pub(crate) async fn enqueue(&self, message: &Message) -> Result<(), ServiceError> {
        let request = self.client.post(self.url_of("/messages")).json(message);
        let answer = request.send().await.map_err(|source| self.unreachable(source))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(ServiceError::from_answer(self.role, status, None)),
        }
    }

    fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn unreachable(&self, source: reqwest::Error) -> ServiceError {
        ServiceError::Unreachable { role: self.role, source }
    }
}

/// An HTTP client for loopback addresses, which no proxy could reach.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().build()
}

/// The answer to a request.
pub(crate) fn respond<T: Serialize>(outcome: Result<T, ServiceError>) -> Response {
    let response = match outcome {
        Ok(value) => Json(value).into_response(),
        Err(error) => error.into_response(),
    };
    traced::attrs!(http.response.status_code = response.status().as_u16());
    // A server's span is an error if the server is to blame; what the client did wrong is the client's error.
    if response.status().is_server_error() {
        traced::set_status(Status::error(""));
    }
    response
}

/// Tells the caller under which id to look for the trace of the request.
pub(crate) fn tell_trace_id(response: &mut Response) {
    let Some(ids) = traced::current_ids() else { return };
    if let Ok(id) = HeaderValue::try_from(ids.trace_id().to_string()) {
        response.headers_mut().insert(TRACE_ID, id);
    }
}
