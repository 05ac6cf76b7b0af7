//! Trace context through a broker, in a carrier of one's own.
//!
//! ```text
//! cargo run --example broker
//! ```
//!
//! The channel stands in for Kafka, AMQP or NATS: what goes in on one side comes out on another thread, later.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::str;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use traced::propagation::{self, Extractor, Injector};
use traced::{ConsoleExporter, traced};

/// Message headers as brokers have them: pairs, whose values are bytes.
#[derive(Debug, Default)]
struct Headers(Vec<(String, Vec<u8>)>);

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        self.remove(key);
        self.0.push((key.to_owned(), value.into_bytes()));
    }

    fn remove(&mut self, key: &str) {
        self.0.retain(|(name, _)| name != key);
    }
}

impl Extractor for Headers {
    fn get_all(&self, key: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(name, _)| name == key);
        values.map(|(_, value)| str::from_utf8(value).unwrap_or("\u{fffd}")).collect()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

#[derive(Debug)]
struct Message {
    headers: Headers,
    text: &'static str,
}

#[traced("send greetings", kind = producer, attrs(messaging.destination.name = "greetings"))]
fn send(queue: &Sender<Message>, text: &'static str) -> Result<(), mpsc::SendError<Message>> {
    let mut headers = Headers::default();
    propagation::inject(&mut headers);
    queue.send(Message { headers, text })
}

/// One message: a child of the span that sent it.
#[traced(
    "process greetings",
    kind = consumer,
    parent = propagation::extract(&message.headers),
    attrs(messaging.destination.name = "greetings", messaging.message.body.size = message.text.len()),
)]
fn process(message: &Message) {
    println!("{}", message.text);
}

/// Many messages at once: one span that links to those who sent them.
#[traced("process batch of greetings", kind = consumer, root, attrs(messaging.batch.message_count = batch.len()))]
fn process_batch(batch: &[Message]) {
    for message in batch {
        let sender = propagation::extract(&message.headers);
        traced::current().add_link(sender.span_context(), &[]);
        println!("{}", message.text);
    }
}

fn consume(messages: &Receiver<Message>) {
    if let Ok(message) = messages.recv() {
        process(&message);
    }
    process_batch(&messages.iter().collect::<Vec<_>>());
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;
    let (queue, messages) = mpsc::channel();
    let consumer = thread::spawn(move || consume(&messages));
    for text in ["good morning", "good day", "good night"] {
        send(&queue, text)?;
    }
    drop(queue);
    consumer.join().map_err(|_| "the consumer panicked".into())
}
