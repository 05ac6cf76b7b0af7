//! A message, its handler, and their spans in the terminal:
//!
//! ```sh
//! OTEL_TRACES_EXPORTER=console cargo run -p traced-nats --example orders
//! ```
//!
//! `NATS_URL` says where NATS is, if it is not on this machine.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use futures_util::StreamExt;
use traced::traced;

#[traced]
async fn handle(message: &async_nats::Message) -> Result<(), std::str::Utf8Error> {
    println!("an order: {}", std::str::from_utf8(&message.payload)?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let url = std::env::var("NATS_URL").unwrap_or("nats://127.0.0.1:4222".to_owned());
    let Ok(client) = async_nats::connect(url).await else {
        println!("there is no NATS");
        return Ok(());
    };
    let nats = traced_nats::Client::from(client);
    let mut orders = nats.subscribe("orders.example").await?;
    nats.publish("orders.example", "7".into()).await?;
    if let Some(message) = orders.next().await {
        traced_nats::process(&message).as_parent().run(handle(&message)).await?;
    }
    Ok(())
}
