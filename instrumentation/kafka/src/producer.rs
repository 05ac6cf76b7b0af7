//! Sending.

use std::ops::Deref;

use rdkafka::ClientContext;
use rdkafka::client::DefaultClientContext;
use rdkafka::message::ToBytes;
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::{AsyncRuntime, DefaultRuntime, Timeout};
use traced::instrumentation::{Outcome, OwnedSpan};
use traced_conventions::attribute::{
    MESSAGING_DESTINATION_PARTITION_ID, MESSAGING_KAFKA_MESSAGE_TOMBSTONE, MESSAGING_KAFKA_OFFSET,
};
use traced_conventions::messaging;

use crate::SYSTEM;
use crate::error::error_type;
use crate::headers::Record;

/// A producer whose records have spans; for all else it is the driver's own.
pub struct Producer<C: ClientContext + 'static = DefaultClientContext, R = DefaultRuntime> {
    inner: FutureProducer<C, R>,
    server: Option<(String, Option<u16>)>,
}

impl<C: ClientContext, R: AsyncRuntime> From<FutureProducer<C, R>> for Producer<C, R> {
    fn from(inner: FutureProducer<C, R>) -> Self {
        Self { inner, server: None }
    }
}

impl<C: ClientContext, R> Deref for Producer<C, R> {
    type Target = FutureProducer<C, R>;

    fn deref(&self) -> &FutureProducer<C, R> {
        &self.inner
    }
}

impl<C: ClientContext, R> Clone for Producer<C, R> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), server: self.server.clone() }
    }
}

impl<C: ClientContext, R> std::fmt::Debug for Producer<C, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("server", &self.server).finish_non_exhaustive()
    }
}

impl<C: ClientContext, R: AsyncRuntime> Producer<C, R> {
    /// Sets the address of the brokers, which a producer does not tell.
    #[must_use]
    pub fn server(self, address: &str, port: Option<u16>) -> Self {
        Self { server: Some((address.to_owned(), port)), ..self }
    }

    /// Sends a record. The span ends with its delivery, and then says partition and offset.
    ///
    /// # Errors
    ///
    /// As [`FutureProducer::send`]. The message that comes back has the context of the span that failed in its headers.
    pub async fn send<K, P, T>(&self, mut record: FutureRecord<'_, K, P>, queue_timeout: T) -> OwnedDeliveryResult
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
        T: Into<Timeout>,
    {
        let span = self.start(&mut record);
        span.run(self.inner.send(record, queue_timeout), end).await
    }

    fn start<K: ToBytes + ?Sized, P: ToBytes + ?Sized>(&self, record: &mut FutureRecord<'_, K, P>) -> OwnedSpan {
        let key = record.key.map(ToBytes::to_bytes);
        let mut send = crate::keyed(messaging::send(SYSTEM, "send").destination(record.topic), key);
        send = match record.payload {
            Some(payload) => send.body_size(payload.to_bytes().len()),
            None => send.flag(MESSAGING_KAFKA_MESSAGE_TOMBSTONE),
        };
        if let Some((address, port)) = &self.server {
            send = send.server(address.as_str(), *port);
        }
        let mut headers = Record(record.headers.take().unwrap_or_default());
        let span = send.start_with(&mut headers);
        // A record without headers stays one where there is nothing to send along.
        record.headers = (rdkafka::message::Headers::count(&headers.0) > 0).then_some(headers.0);
        span
    }
}

fn end(mut span: OwnedSpan, delivered: &OwnedDeliveryResult) {
    match delivered {
        Ok(delivery) => {
            if span.is_recording() {
                span.add_attribute(MESSAGING_DESTINATION_PARTITION_ID, &*delivery.partition.to_string());
                span.add_attribute(MESSAGING_KAFKA_OFFSET, &delivery.offset);
            }
            span.end(Outcome::Success);
        }
        Err((error, _)) => span.end(Outcome::error(&error_type(error))),
    }
}
