//! Messages that have come, their handlers and their acknowledgements.

use std::ops::{Deref, DerefMut};

use lapin::Result;
use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::types::{MessageCount, ShortString};
use traced_conventions::attribute::{
    MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG,
};
use traced_conventions::messaging::{self, Operation};

use crate::destination::on;
use crate::error::error_type;
use crate::headers::Received;
use crate::server::Server;
use crate::{SYSTEM, server};

/// A message, whose acknowledgement has a span; for all else it is the driver's own.
#[derive(Debug)]
pub struct Delivery {
    inner: lapin::message::Delivery,
    queue: ShortString,
    server: Server,
}

impl From<lapin::message::Delivery> for Delivery {
    /// One of a delegate's, which does not say its queue.
    fn from(inner: lapin::message::Delivery) -> Self {
        Self::new(inner, ShortString::default(), None)
    }
}

impl Deref for Delivery {
    type Target = lapin::message::Delivery;

    fn deref(&self) -> &lapin::message::Delivery {
        &self.inner
    }
}

impl DerefMut for Delivery {
    fn deref_mut(&mut self) -> &mut lapin::message::Delivery {
        &mut self.inner
    }
}

impl Delivery {
    pub(crate) const fn new(inner: lapin::message::Delivery, queue: ShortString, server: Server) -> Self {
        Self { inner, queue, server }
    }

    /// The driver's delivery, of which parts can be moved out.
    #[must_use]
    pub fn into_inner(self) -> lapin::message::Delivery {
        self.inner
    }

    /// Tells the broker that the message was handled.
    ///
    /// # Errors
    ///
    /// As [`lapin::Acker::ack`].
    pub async fn ack(&self, options: BasicAckOptions) -> Result<bool> {
        self.settle("ack", self.inner.ack(options)).await
    }

    /// Tells the broker that the message was not handled.
    ///
    /// # Errors
    ///
    /// As [`lapin::Acker::nack`].
    pub async fn nack(&self, options: BasicNackOptions) -> Result<bool> {
        self.settle("nack", self.inner.nack(options)).await
    }

    /// Tells the broker that the message is refused.
    ///
    /// # Errors
    ///
    /// As [`lapin::Acker::reject`].
    pub async fn reject(&self, options: BasicRejectOptions) -> Result<bool> {
        self.settle("reject", self.inner.reject(options)).await
    }

    async fn settle(&self, word: &'static str, settling: impl Future<Output = Result<bool>>) -> Result<bool> {
        let span = self.on(messaging::settle(SYSTEM, word)).start();
        messaging::run_with(span, settling, error_type).await
    }

    fn on<'a>(&'a self, operation: Operation<'a>) -> Operation<'a> {
        let (exchange, routing_key) = (self.exchange.as_str(), self.routing_key.as_str());
        let operation = on(operation, &[exchange, routing_key, self.queue.as_str()])
            .attribute(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, routing_key)
            .number(MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, self.delivery_tag as i64);
        server::with(operation, &self.server)
    }
}

/// A message that was asked for, and how many are left in its queue.
#[derive(Debug)]
pub struct BasicGetMessage {
    /// The message.
    pub delivery: Delivery,
    /// How many are left.
    pub message_count: MessageCount,
}

impl Deref for BasicGetMessage {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.delivery
    }
}

impl DerefMut for BasicGetMessage {
    fn deref_mut(&mut self) -> &mut Delivery {
        &mut self.delivery
    }
}

/// Prepares the span of a handler that is at work on a message: [`run`](Operation::run) the handler in it. With
/// [`template`](Operation::template), ids in the routing key are not in its name; with [`as_parent`](Operation::as_parent) it
/// goes on with the publisher's trace.
pub fn process(delivery: &Delivery) -> Operation<'_> {
    let process = delivery.on(messaging::process(SYSTEM, "process")).body_size(delivery.data.len());
    crate::ids(process, &delivery.properties).message(&Received::of(&delivery.properties))
}
