//! A service that does nothing but pass requests on, to watch trace context travel.
//!
//! ```text
//! cargo run --example relay -- --port 5000
//! ```
//!
//! `POST /test` takes a JSON array of `{"url": .., "arguments": ..}` and posts each `arguments` to its `url`, in order,
//! each in a client span of its own. That is the service that the test suite of W3C Trace Context wants to drive:
//!
//! ```text
//! STRICT_LEVEL=2 SPEC_LEVEL=2 python test.py http://127.0.0.1:5000/test
//! ```
//!
//! Listens on loopback. Stops on Ctrl-C and SIGTERM, after `--requests N`, or when none came for `--idle SECONDS`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;
use traced::{propagation, traced};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::from_arguments(std::env::args().skip(1))?;
    let _traced = traced::init()?;

    let (served, requests) = channel(1);
    let relay = Relay { client: reqwest::Client::builder().no_proxy().build()?, served };
    let router = Router::new().route("/test", post(test)).with_state(relay);
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
    let signals = signals()?;
    println!("listening on http://{}/test", listener.local_addr()?);
    axum::serve(listener, router).with_graceful_shutdown(told_to_stop(signals, requests, options)).await?;
    Ok(())
}

#[derive(Clone)]
struct Relay {
    client: reqwest::Client,
    served: Sender<()>,
}

/// What to post, and where.
#[derive(Deserialize)]
struct Call {
    url: String,
    arguments: Value,
}

/// What came of a call.
#[derive(Serialize)]
struct Answer {
    url: String,
    status: Option<u16>,
    error: Option<String>,
}

#[traced("POST /test", kind = server, parent = headers)]
async fn test(State(relay): State<Relay>, headers: HeaderMap, Json(calls): Json<Vec<Call>>) -> Json<Vec<Answer>> {
    let mut answers = Vec::with_capacity(calls.len());
    for call in calls {
        answers.push(relay.pass_on(call).await);
    }
    // Nobody counts any more when the service has been told to stop.
    let _ = relay.served.send(()).await;
    Json(answers)
}

impl Relay {
    #[traced("POST", kind = client, attrs(http.request.method = "POST", url.full = call.url))]
    async fn pass_on(&self, call: Call) -> Answer {
        let mut headers = HeaderMap::new();
        propagation::inject(&mut headers);
        let Call { url, arguments } = call;
        match self.client.post(&url).headers(headers).json(&arguments).send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                traced::attrs!(http.response.status_code = status);
                Answer { url, status: Some(status), error: None }
            }
            Err(error) => Answer { url, status: None, error: Some(error.to_string()) },
        }
    }
}

#[derive(Default)]
struct Options {
    port: u16,
    requests: Option<u64>,
    idle: Option<Duration>,
}

impl Options {
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self::default();
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
            let number: u64 = value.parse().with_context(|| format!("{name} takes a number, not {value:?}"))?;
            match name.as_str() {
                "--port" => options.port = number.try_into().context("ports go up to 65535")?,
                "--requests" => options.requests = Some(number),
                "--idle" => options.idle = Some(Duration::from_secs(number)),
                _ => bail!("unknown option {name}; there are --port, --requests and --idle"),
            }
        }
        Ok(options)
    }
}

/// Ends with the first reason to stop.
async fn told_to_stop(signals: impl Future<Output = ()>, requests: Receiver<()>, options: Options) {
    tokio::select! {
        () = signals => {}
        () = limit_reached(requests, options) => {}
    }
}

async fn limit_reached(mut requests: Receiver<()>, Options { requests: mut left, idle, .. }: Options) {
    while left != Some(0) {
        match timeout(idle.unwrap_or(Duration::MAX), requests.recv()).await {
            Ok(_) => left = left.map(|left| left - 1),
            Err(_) => return,
        }
    }
}

/// Ctrl-C and SIGTERM: noticed from this call on, not from the first poll.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C: noticed from this call on, not from the first poll.
#[cfg(windows)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupt.recv().await) })
}
