//! A message, its handler, and their spans in the terminal:
//!
//! ```sh
//! OTEL_TRACES_EXPORTER=console cargo run -p traced-lapin --example orders
//! ```
//!
//! `RABBITMQ_URL` says where RabbitMQ is, if it is not on this machine.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use futures_util::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use traced::traced;

#[traced]
async fn handle(body: &[u8]) -> Result<(), std::str::Utf8Error> {
    println!("an order: {}", std::str::from_utf8(body)?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let url = std::env::var("RABBITMQ_URL").unwrap_or("amqp://127.0.0.1:5672/%2f".to_owned());
    let Ok(connection) = Connection::connect(&url, ConnectionProperties::default()).await else {
        println!("there is no RabbitMQ");
        return Ok(());
    };
    let channel = traced_lapin::Channel::from(connection.create_channel().await?);
    let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare("orders.example".into(), options, FieldTable::default()).await?;
    let publish = BasicPublishOptions::default();
    channel.basic_publish("".into(), "orders.example".into(), publish, b"7", BasicProperties::default()).await?;

    let consume = BasicConsumeOptions::default();
    let mut orders = channel.basic_consume("orders.example".into(), "".into(), consume, FieldTable::default()).await?;
    if let Some(delivery) = orders.next().await {
        let delivery = delivery?;
        traced_lapin::process(&delivery).as_parent().run(handle(&delivery.data)).await?;
        delivery.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}
