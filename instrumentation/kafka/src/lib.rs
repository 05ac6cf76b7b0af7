//! Spans of Kafka: wrap producer and consumer where they are made, and handlers where they run.
//!
//! ```no_run
//! use std::time::Duration;
//! use rdkafka::ClientConfig;
//! use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
//! use rdkafka::producer::{FutureProducer, FutureRecord};
//!
//! # async fn handle<M>(_: &M) -> Result<(), std::io::Error> { Ok(()) }
//! # async fn orders(config: ClientConfig) -> Result<(), Box<dyn std::error::Error>> {
//! let producer = traced_kafka::Producer::from(config.create::<FutureProducer>()?);
//! let record = FutureRecord::to("orders").key("7").payload("two tons of coal");
//! producer.send(record, Duration::from_secs(5)).await.map_err(|(error, _)| error)?; // as before
//!
//! let consumer = traced_kafka::Consumer::from(config.create::<StreamConsumer>()?).group("billing");
//! consumer.subscribe(&["orders"])?;
//! loop {
//!     let message = consumer.recv().await?;
//!     traced_kafka::process(&message).consumer_group("billing").run(handle(&message)).await?;
//!     consumer.commit_message(&message, CommitMode::Async)?; // as before
//! }
//! # }
//! ```
//!
//! The producer's context goes into the record's headers, unless somebody has put one there. A handler starts a trace of its
//! own that is linked to it; with [`as_parent`](Operation::as_parent) it goes on with the producer's. A handler of a batch:
//! [`batch`].
#![forbid(unsafe_code)]

mod consumer;
mod error;
mod headers;
mod producer;

use rdkafka::Message;
use traced::KeyValue;
use traced_conventions::attribute::{
    MESSAGING_DESTINATION_PARTITION_ID, MESSAGING_KAFKA_MESSAGE_KEY, MESSAGING_KAFKA_MESSAGE_TOMBSTONE,
    MESSAGING_KAFKA_OFFSET,
};
use traced_conventions::messaging::{self, Operation};

pub use consumer::Consumer;
use headers::Received;
pub use producer::Producer;

/// `messaging.system`.
pub(crate) const SYSTEM: &str = "kafka";

/// Prepares the span of a handler that is at work on a message: [`run`](Operation::run) the handler in it. With
/// [`as_parent`](Operation::as_parent) it goes on with the producer's trace, where no span is around; the link stays.
pub fn process<M: Message>(message: &M) -> Operation<'_> {
    let process = keyed(about(messaging::process(SYSTEM, "process"), message), message.key());
    let process = match message.payload() {
        Some(payload) => process.body_size(payload.len()),
        None => process.flag(MESSAGING_KAFKA_MESSAGE_TOMBSTONE),
    };
    process.message(&Received(message.headers()))
}

/// Prepares the span of a handler that is at work on several messages of a topic: it is linked to each, with the message's
/// key, partition and offset on the link.
pub fn batch<'a, M: Message>(topic: &'a str, messages: &[M]) -> Operation<'a> {
    let process = messaging::process(SYSTEM, "process").destination(topic).batch(messages.len());
    messages.iter().fold(process, |process, message| {
        let mut attributes = vec![
            KeyValue::new(MESSAGING_DESTINATION_PARTITION_ID, message.partition().to_string()),
            KeyValue::new(MESSAGING_KAFKA_OFFSET, message.offset()),
        ];
        let key = message.key().and_then(text);
        attributes.extend(key.map(|key| KeyValue::new(MESSAGING_KAFKA_MESSAGE_KEY, key.to_owned())));
        process.message_with(&Received(message.headers()), attributes)
    })
}

/// Where a message stands.
pub(crate) fn about<'a, M: Message>(operation: Operation<'a>, message: &'a M) -> Operation<'a> {
    operation
        .destination(message.topic())
        .partition(message.partition().to_string())
        .number(MESSAGING_KAFKA_OFFSET, message.offset())
}

/// A key that is a text is an attribute.
pub(crate) fn keyed<'a>(operation: Operation<'a>, key: Option<&[u8]>) -> Operation<'a> {
    match key.and_then(text) {
        Some(key) => operation.attribute(MESSAGING_KAFKA_MESSAGE_KEY, key.to_owned()),
        None => operation,
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
