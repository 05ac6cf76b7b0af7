//! A message, its handler, and their spans in the terminal; the cluster is librdkafka's own, in the process:
//!
//! ```sh
//! OTEL_TRACES_EXPORTER=console cargo run --manifest-path instrumentation/kafka/Cargo.toml --example orders
//! ```

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Duration;

use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use traced::traced;

#[traced]
async fn handle<M: Message + Sync>(message: &M) -> Result<(), std::str::Utf8Error> {
    println!("an order: {}", std::str::from_utf8(message.payload().unwrap_or_default())?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let cluster = MockCluster::new(1)?;
    cluster.create_topic("orders", 1, 1)?;
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", cluster.bootstrap_servers())
        .set("group.id", "billing")
        .set("enable.auto.commit", "false");

    let producer = traced_kafka::Producer::from(config.create::<FutureProducer>()?);
    let record = FutureRecord::to("orders").key("7").payload("two tons of coal");
    producer.send(record, Duration::from_secs(5)).await.map_err(|(error, _)| error)?;

    let consumer = traced_kafka::Consumer::from(config.create::<StreamConsumer>()?).group("billing");
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset("orders", 0, Offset::Beginning)?;
    consumer.assign(&partitions)?;
    let message = consumer.recv().await?;
    traced_kafka::process(&message).consumer_group("billing").as_parent().run(handle(&message)).await?;
    consumer.commit_message(&message, CommitMode::Sync)?;
    Ok(())
}
