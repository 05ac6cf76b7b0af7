//! Spans of RabbitMQ: wrap the channel where it is made, and handlers where they run.
//!
//! ```no_run
//! use futures_util::StreamExt;
//! use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions};
//! use lapin::types::FieldTable;
//! use lapin::{BasicProperties, Connection, ConnectionProperties};
//!
//! # async fn handle(_: &[u8]) -> Result<(), std::io::Error> { Ok(()) }
//! # async fn orders() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = Connection::connect("amqp://127.0.0.1", ConnectionProperties::default()).await?;
//! let channel = traced_lapin::Channel::from(connection.create_channel().await?);
//! let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
//! channel.basic_publish("".into(), "orders".into(), options, b"7", properties).await?; // as before
//!
//! let consume = channel.basic_consume("orders".into(), "".into(), BasicConsumeOptions::default(), FieldTable::default());
//! let mut orders = consume.await?;
//! while let Some(delivery) = orders.next().await {
//!     let delivery = delivery?;
//!     traced_lapin::process(&delivery).run(handle(&delivery.data)).await?;
//!     delivery.ack(BasicAckOptions::default()).await?; // as before
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The publisher's context goes into the table of headers in the message's properties, unless somebody has put one there. A handler
//! starts a trace of its own that is linked to it; with [`as_parent`](traced_conventions::messaging::Operation::as_parent) it
//! goes on with the publisher's.
//!
//! A destination is `{exchange}:{routing key}`, and where it is known `:{queue}`, without what is empty or the same. Names that the
//! broker has made up are `amq.gen-*`. Where routing keys hold ids, give [`Channel::template`] and
//! [`template`](traced_conventions::messaging::Operation::template) of [`process`] what they have in common.
#![forbid(unsafe_code)]

mod channel;
mod consumer;
mod delivery;
mod destination;
mod error;
mod headers;
mod server;

use lapin::BasicProperties;
use traced_conventions::messaging::Operation;

pub use channel::Channel;
pub use consumer::Consumer;
pub use delivery::{BasicGetMessage, Delivery, process};

/// `messaging.system`.
pub(crate) const SYSTEM: &str = "rabbitmq";

/// What a message says of itself.
pub(crate) fn ids<'a>(operation: Operation<'a>, properties: &BasicProperties) -> Operation<'a> {
    let text = |id: &Option<lapin::types::ShortString>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    operation.message_id(text(properties.message_id())).conversation_id(text(properties.correlation_id()))
}
