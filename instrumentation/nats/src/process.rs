//! Handlers.

use async_nats::Message;
use traced_conventions::messaging::{self, Operation};

use crate::headers::Received;
use crate::{SYSTEM, on};

/// Prepares the span of a handler that is at work on a message, one of JetStream's too: [`run`](Operation::run) the handler in
/// it.
///
/// With [`template`](Operation::template), usually the subject that was subscribed to (`orders.*`), ids in the subject are not in its
/// name. With [`as_parent`](Operation::as_parent) it goes on with the publisher's trace, where no span is around; the link stays.
pub fn process(message: &Message) -> Operation<'_> {
    let process = on(messaging::process(SYSTEM, "process"), (&message.subject, None));
    process.body_size(message.payload.len()).message(&Received(message.headers.as_ref()))
}
