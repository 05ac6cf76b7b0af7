//! `notifications`: takes messages from the queue and writes to the customer.

use std::time::Duration;

use futures_util::StreamExt as _;
use traced::traced;
use traced_conventions::messaging;

use crate::http;
use crate::model::{OrderClosed, OrderStatus};
use crate::queue::{self, MEMORY, Message, QUEUE};
use crate::role::{NATS_URL, setting};

pub(crate) async fn run() -> anyhow::Result<()> {
    match setting(NATS_URL) {
        Some(url) => run_with_nats(&url).await,
        None => run_in_process().await,
    }
}

/// A queue in this process, which others reach over HTTP.
async fn run_in_process() -> anyhow::Result<()> {
    let (router, mut messages) = queue::in_process();
    let consumer = tokio::spawn(async move {
        while let Some(Message { headers, body }) = messages.recv().await {
            let span = messaging::process(MEMORY, "process").destination(QUEUE).message(&headers).as_parent().start();
            if let Err(error) = messaging::run(span, on_message(&body)).await {
                tracing::error!(%error, "not a message");
            }
        }
    });
    http::announce_and_serve(router).await?;
    // The queue closed with the router; what was accepted is worked off before the process ends.
    Ok(consumer.await?)
}

async fn run_with_nats(url: &str) -> anyhow::Result<()> {
    let nats = queue::connect(url).await?;
    let mut messages = nats.subscribe(QUEUE).await?;
    let consumer = tokio::spawn(async move {
        while let Some(message) = messages.next().await {
            let handled = traced_nats::process(&message).as_parent().run(on_message(&message.payload)).await;
            if let Err(error) = handled {
                tracing::error!(%error, "not a message");
            }
        }
    });
    http::announce_and_serve(axum::Router::new()).await?;
    nats.drain().await?;
    Ok(consumer.await?)
}

async fn on_message(body: &[u8]) -> serde_json::Result<()> {
    let OrderClosed { order_id, status } = serde_json::from_slice(body)?;
    let text = match status {
        OrderStatus::Paid => format!("Your order {order_id} is on its way."),
        OrderStatus::Declined => format!("Your card was declined for order {order_id}."),
    };
    send_mail(&text).await;
    tracing::info!(order.id = order_id, "customer notified");
    Ok(())
}

/// Stands in for a mail server.
#[traced("mail.send", attrs(mail.length = text.len()))]
async fn send_mail(text: &str) {
    tokio::time::sleep(Duration::from_millis(4)).await;
}
