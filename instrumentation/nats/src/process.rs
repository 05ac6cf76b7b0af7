//! Handlers.

use async_nats::Message;
use traced_conventions::messaging::{self, Operation};

use crate::headers::Received;
use crate::{SYSTEM, on};

/// Prepares the span of a handler that is at work on a message; one of JetStream's is one, too.
pub fn process(message: &Message) -> Process<'_> {
    Process { message, template: None, is_child: false }
}

/// The span of a handler before it starts.
#[derive(Clone, Copy, Debug)]
#[must_use = "the span starts by `run`"]
pub struct Process<'a> {
    message: &'a Message,
    template: Option<&'a str>,
    is_child: bool,
}

impl<'a> Process<'a> {
    /// Sets what subjects like the message's have in common, usually the subject that was subscribed to: `orders.*`.
    pub const fn template(mut self, template: &'a str) -> Self {
        self.template = Some(template);
        self
    }

    /// The publisher's span is the parent, where no span is around: one trace. The link to it stays.
    pub const fn as_parent(mut self) -> Self {
        self.is_child = true;
        self
    }

    /// Runs the handler in the span.
    ///
    /// # Errors
    ///
    /// Those of the handler.
    pub async fn run<T, E>(self, handler: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        messaging::run(self.operation().start(), handler).await
    }

    fn operation(&self) -> Operation<'a> {
        let Self { message, template, is_child } = *self;
        let process = on(messaging::process(SYSTEM, "process"), (&message.subject, template));
        let process = process.body_size(message.payload.len()).message(&Received(message.headers.as_ref()));
        if is_child { process.as_parent() } else { process }
    }
}
