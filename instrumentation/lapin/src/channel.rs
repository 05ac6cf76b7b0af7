//! The channel.

use std::ops::Deref;

use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions, BasicRejectOptions,
};
use lapin::types::{DeliveryTag, FieldTable, ShortString};
use lapin::{BasicProperties, PublisherConfirm, Result};
use traced::instrumentation::{Outcome, OwnedSpan};
use traced_conventions::attribute::{
    MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG,
};
use traced_conventions::messaging::{self, Operation};

use crate::consumer::Consumer;
use crate::delivery::{BasicGetMessage, Delivery};
use crate::destination::on;
use crate::error::error_type;
use crate::headers::{Headers, Received};
use crate::server::Server;
use crate::{SYSTEM, server};

/// A channel whose messages have spans; for all else it is the driver's own.
#[derive(Clone)]
pub struct Channel {
    inner: lapin::Channel,
    template: Option<String>,
    server: Server,
}

impl From<lapin::Channel> for Channel {
    fn from(inner: lapin::Channel) -> Self {
        Self { inner, template: None, server: None }
    }
}

impl Deref for Channel {
    type Target = lapin::Channel;

    fn deref(&self) -> &lapin::Channel {
        &self.inner
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Channel").field(&self.inner).finish()
    }
}

impl Channel {
    /// Sets the address of the broker, which a channel does not tell.
    #[must_use]
    pub fn server(self, address: &str, port: Option<u16>) -> Self {
        Self { server: Some((address.into(), port)), ..self }
    }

    /// Sets what the destinations of this channel's publications have in common, where routing keys hold ids:
    /// `events:orders.*`. A clone of a channel is the same channel to the broker, and may have a template of its own.
    #[must_use]
    pub fn template(self, template: &str) -> Self {
        Self { template: Some(template.to_owned()), ..self }
    }

    /// Publishes a message. The span ends when it is sent; the broker's confirmation is awaited by whoever wants it.
    ///
    /// # Errors
    ///
    /// As [`lapin::Channel::basic_publish`].
    #[expect(clippy::too_many_arguments, reason = "the driver's")]
    pub async fn basic_publish(
        &self,
        exchange: ShortString,
        routing_key: ShortString,
        options: BasicPublishOptions,
        payload: &[u8],
        properties: BasicProperties,
    ) -> Result<PublisherConfirm> {
        let send = on(messaging::send(SYSTEM, "publish"), &[exchange.as_str(), routing_key.as_str()]);
        let (span, properties) = self.start(send, (routing_key.as_str(), payload.len()), properties);
        let publish = self.inner.basic_publish(exchange, routing_key, options, payload, properties);
        messaging::run_with(span, publish, error_type).await
    }

    fn start(
        &self,
        send: Operation<'_>,
        (routing_key, bytes): (&str, usize),
        properties: BasicProperties,
    ) -> (OwnedSpan, BasicProperties) {
        let send = match &self.template {
            Some(template) => send.template(template.clone()),
            None => send,
        };
        let send = send.attribute(MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, routing_key).body_size(bytes);
        let send = server::with(crate::ids(send, &properties), &self.server);
        let mut headers = Headers(properties.headers().clone().unwrap_or_default());
        let span = send.start_with(&mut headers);
        // A message without headers stays one where there is nothing to send along.
        let properties = if headers.0.inner().is_empty() { properties } else { properties.with_headers(headers.0) };
        (span, properties)
    }

    /// Consumes the messages of a queue.
    ///
    /// # Errors
    ///
    /// As [`lapin::Channel::basic_consume`].
    pub async fn basic_consume(
        &self,
        queue: ShortString,
        consumer_tag: ShortString,
        options: BasicConsumeOptions,
        arguments: FieldTable,
    ) -> Result<Consumer> {
        let inner = self.inner.basic_consume(queue, consumer_tag, options, arguments).await?;
        Ok(Consumer::new(inner, self.server.clone()))
    }

    /// Asks for one message of a queue. Its span is linked to the message that came.
    ///
    /// # Errors
    ///
    /// As [`lapin::Channel::basic_get`].
    pub async fn basic_get(&self, queue: ShortString, options: BasicGetOptions) -> Result<Option<BasicGetMessage>> {
        let receive = server::with(on(messaging::receive(SYSTEM, "get"), &[queue.as_str()]), &self.server);
        let end = |mut span: OwnedSpan, got: &Result<Option<lapin::message::BasicGetMessage>>| match got {
            Ok(message) => {
                if let Some(message) = message {
                    messaging::link(&mut span, &Received::of(&message.properties), &[]);
                }
                span.end(Outcome::Success);
            }
            Err(error) => span.end(Outcome::error(&error_type(error))),
        };
        let got = receive.start().run(self.inner.basic_get(queue.clone(), options), end).await?;
        Ok(got.map(|message| BasicGetMessage {
            delivery: Delivery::new(message.delivery, queue, self.server.clone()),
            message_count: message.message_count,
        }))
    }

    /// Acknowledges by the delivery's tag, one message or all until it; [`Delivery::ack`] knows more of the message.
    ///
    /// # Errors
    ///
    /// As [`lapin::Channel::basic_ack`].
    pub async fn basic_ack(&self, delivery_tag: DeliveryTag, options: BasicAckOptions) -> Result<()> {
        self.settle("ack", delivery_tag, self.inner.basic_ack(delivery_tag, options)).await
    }

    /// Says that messages were not handled, by the delivery's tag.
    ///
    /// # Errors
    ///
    /// As [`lapin::Channel::basic_nack`].
    pub async fn basic_nack(&self, delivery_tag: DeliveryTag, options: BasicNackOptions) -> Result<()> {
        self.settle("nack", delivery_tag, self.inner.basic_nack(delivery_tag, options)).await
    }

    /// Rejects a message, by the delivery's tag.
    ///
    /// # Errors
    ///
    /// As [`lapin::Channel::basic_reject`].
    pub async fn basic_reject(&self, delivery_tag: DeliveryTag, options: BasicRejectOptions) -> Result<()> {
        self.settle("reject", delivery_tag, self.inner.basic_reject(delivery_tag, options)).await
    }

    async fn settle(
        &self,
        word: &'static str,
        delivery_tag: DeliveryTag,
        settling: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let settle =
            messaging::settle(SYSTEM, word).number(MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, delivery_tag as i64);
        messaging::run_with(server::with(settle, &self.server).start(), settling, error_type).await
    }
}
