//! The queue `order-events`: of NATS, or one that `notifications` keeps in its process.

use std::collections::HashMap;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use traced_conventions::messaging;

use crate::error::ServiceError;
use crate::http::Peer;
use crate::model::OrderClosed;
use crate::role::{NATS_URL, Role, setting};

pub(crate) const QUEUE: &str = "order-events";
/// `messaging.system` of the queue in the process.
pub(crate) const MEMORY: &str = "in_memory";

/// A message as the queue in the process keeps it; the trace travels in its headers, as it would through any broker.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// Where messages go.
#[derive(Clone)]
pub(crate) enum Queue {
    InProcess(Peer),
    Nats(traced_nats::Client),
}

impl Queue {
    pub(crate) async fn open() -> anyhow::Result<Self> {
        Ok(match setting(NATS_URL) {
            Some(url) => Self::Nats(connect(&url).await?),
            None => Self::InProcess(Peer::from_environment(Role::Notifications)?),
        })
    }

    /// Hands a message over; nobody has read it yet when this returns.
    pub(crate) async fn send(&self, order: &OrderClosed) -> Result<(), ServiceError> {
        let body = serde_json::to_vec(order)?;
        match self {
            Self::InProcess(broker) => {
                let mut message = Message { body, ..Message::default() };
                let span = messaging::send(MEMORY, "send").destination(QUEUE).start_with(&mut message.headers);
                messaging::run(span, broker.post_untraced("/messages", &message)).await
            }
            Self::Nats(nats) => Ok(nats.publish(QUEUE, body.into()).await?),
        }
    }
}

pub(crate) async fn connect(url: &str) -> anyhow::Result<traced_nats::Client> {
    Ok(async_nats::connect(url).await.with_context(|| format!("cannot reach NATS at {url}"))?.into())
}

/// The broker's part: takes messages, and lets their senders go on before anyone has read them.
pub(crate) fn in_process() -> (Router, mpsc::Receiver<Message>) {
    let (queue, messages) = mpsc::channel(16);
    (Router::new().route("/messages", post(accept)).with_state(queue), messages)
}

async fn accept(State(queue): State<mpsc::Sender<Message>>, Json(message): Json<Message>) -> StatusCode {
    match queue.send(message).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
