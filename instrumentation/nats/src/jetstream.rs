//! JetStream: publishing to streams, and acknowledging.

use async_nats::HeaderMap;
use async_nats::jetstream::context::{PublishAckFuture, PublishError};
use async_nats::jetstream::{self, Message};
use async_nats::subject::ToSubject;
use bytes::Bytes;
use traced_conventions::messaging;

use crate::error::error_type;
use crate::headers::Headers;
use crate::{SYSTEM, on};

/// Publishes a message to a stream. The span ends when it is sent; the acknowledgement is awaited by whoever wants it.
///
/// # Errors
///
/// As [`jetstream::Context::publish_with_headers`].
pub async fn publish(
    context: &jetstream::Context,
    subject: impl ToSubject,
    headers: HeaderMap,
    payload: Bytes,
) -> Result<PublishAckFuture, PublishError> {
    let subject = subject.to_subject();
    let mut headers = Headers(headers);
    let send = on(messaging::send(SYSTEM, "publish"), (&subject, None)).body_size(payload.len());
    let span = send.start_with(&mut headers);
    messaging::run_with(span, context.publish_with_headers(subject.clone(), headers.0, payload), error_type).await
}

/// Tells the stream that a message was handled.
///
/// # Errors
///
/// As [`Message::ack`].
pub async fn ack(message: &Message) -> Result<(), async_nats::Error> {
    let settle = on(messaging::settle(SYSTEM, "ack"), (&message.message.subject, None));
    settle.run(message.ack()).await
}
