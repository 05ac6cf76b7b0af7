//! `notifications`: takes messages from a queue and writes to the customer.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use tokio::sync::mpsc;
use traced::traced;

use crate::http;
use crate::model::{Message, OrderStatus};

pub(crate) async fn run() -> anyhow::Result<()> {
    let (queue, mut messages) = mpsc::channel(16);
    let consumer = tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            on_message(message).await;
        }
    });
    http::serve(Router::new().route("/messages", post(accept)).with_state(queue)).await?;
    // The queue closed with the router; what was accepted is worked off before the process ends.
    consumer.await?;
    Ok(())
}

/// The broker's part: takes a message, and lets the sender go on before anyone has read it.
async fn accept(State(queue): State<mpsc::Sender<Message>>, Json(message): Json<Message>) -> StatusCode {
    match queue.send(message).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[traced(
    "process order-events",
    kind = consumer,
    parent = traced::propagation::extract(&message.context),
    attrs(messaging.destination.name = "order-events", messaging.operation.type = "process"),
)]
async fn on_message(message: Message) {
    let text = match message.status {
        OrderStatus::Paid => format!("Your order {} is on its way.", message.order_id),
        OrderStatus::Declined => format!("Your card was declined for order {}.", message.order_id),
    };
    send_mail(&text).await;
}

/// Stands in for a mail server.
#[traced("mail.send", attrs(mail.length = text.len()))]
async fn send_mail(text: &str) {
    tokio::time::sleep(Duration::from_millis(4)).await;
}
