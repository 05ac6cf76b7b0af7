//! Commits.

use std::ops::{Deref, DerefMut};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{CommitMode, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use traced::instrumentation::Outcome;
use traced_conventions::messaging::{self, Operation};

use crate::SYSTEM;
use crate::error::error_type;

/// A consumer whose commits have spans, those that wait for the broker and those that do not; for all else it is the driver's own.
///
/// Receiving has none: librdkafka fetches messages before anybody asks for them.
#[derive(Clone, Debug)]
pub struct Consumer<D> {
    inner: D,
    group: Option<String>,
}

impl<D> From<D> for Consumer<D> {
    fn from(inner: D) -> Self {
        Self { inner, group: None }
    }
}

impl<D> Deref for Consumer<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.inner
    }
}

impl<D> DerefMut for Consumer<D> {
    fn deref_mut(&mut self) -> &mut D {
        &mut self.inner
    }
}

impl<D> Consumer<D> {
    /// Sets the name of the consumer's group, which a consumer does not tell.
    #[must_use]
    pub fn group(self, name: &str) -> Self {
        Self { group: Some(name.to_owned()), ..self }
    }

    /// Commits the offset of a message, and all before it.
    ///
    /// # Errors
    ///
    /// As [`commit_message`](rdkafka::consumer::Consumer::commit_message) of the driver.
    pub fn commit_message<C>(&self, message: &BorrowedMessage<'_>, mode: CommitMode) -> KafkaResult<()>
    where
        C: ConsumerContext,
        D: rdkafka::consumer::Consumer<C>,
    {
        self.settle(crate::about(self.commit_span(), message), || self.inner.commit_message(message, mode))
    }

    /// Commits offsets of several partitions.
    ///
    /// # Errors
    ///
    /// As [`commit`](rdkafka::consumer::Consumer::commit) of the driver.
    pub fn commit<C>(&self, offsets: &TopicPartitionList, mode: CommitMode) -> KafkaResult<()>
    where
        C: ConsumerContext,
        D: rdkafka::consumer::Consumer<C>,
    {
        self.settle(self.commit_span(), || self.inner.commit(offsets, mode))
    }

    /// Commits what this consumer has read.
    ///
    /// # Errors
    ///
    /// As [`commit_consumer_state`](rdkafka::consumer::Consumer::commit_consumer_state) of the driver.
    pub fn commit_consumer_state<C>(&self, mode: CommitMode) -> KafkaResult<()>
    where
        C: ConsumerContext,
        D: rdkafka::consumer::Consumer<C>,
    {
        self.settle(self.commit_span(), || self.inner.commit_consumer_state(mode))
    }

    fn commit_span(&self) -> Operation<'_> {
        messaging::settle(SYSTEM, "commit").consumer_group(self.group.as_deref().unwrap_or_default())
    }

    fn settle(&self, settle: Operation<'_>, commit: impl FnOnce() -> KafkaResult<()>) -> KafkaResult<()> {
        let mut span = settle.start();
        let committed = span.within(commit);
        match &committed {
            Ok(()) => span.end(Outcome::Success),
            Err(error) => span.end(Outcome::error(&error_type(error))),
        }
        committed
    }
}
