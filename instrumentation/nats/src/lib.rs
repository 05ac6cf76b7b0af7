//! Spans of NATS: wrap the client where it is made, and handlers where they run.
//!
//! ```no_run
//! use futures_util::StreamExt;
//!
//! # async fn handle(_: &async_nats::Message) -> Result<(), std::io::Error> { Ok(()) }
//! # async fn orders() -> Result<(), Box<dyn std::error::Error>> {
//! let nats = traced_nats::Client::from(async_nats::connect("nats://127.0.0.1").await?);
//! nats.publish("orders", "7".into()).await?; // as before
//!
//! let mut orders = nats.subscribe("orders").await?;
//! while let Some(message) = orders.next().await {
//!     traced_nats::process(&message).run(handle(&message)).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The publisher's context goes into the message's headers, unless somebody has put one there. A handler starts a trace of its
//! own that is linked to it; with [`as_parent`](Operation::as_parent) it goes on with the publisher's.
//!
//! An inbox is no name: what is sent to one is sent to `_INBOX.*`. Where subjects hold ids, give
//! [`template`](Operation::template) of [`process`](fn@process) and [`Client::publish_to`] the subject with a wildcard in their place.
#![forbid(unsafe_code)]

mod error;
mod headers;
#[cfg(feature = "jetstream")]
pub mod jetstream;
mod process;

use std::ops::Deref;

use async_nats::client::{PublishError, RequestError};
use async_nats::subject::ToSubject;
use async_nats::{HeaderMap, Message};
use bytes::Bytes;
use traced::instrumentation::OwnedSpan;
use traced_conventions::messaging::{self, Operation};

use error::error_type;
use headers::Headers;
pub use process::process;

/// `messaging.system`.
pub(crate) const SYSTEM: &str = "nats";

/// The template of all inboxes.
const INBOX: &str = "_INBOX.*";

/// A client whose publications and requests have spans; for all else it is the driver's own.
#[derive(Clone, Debug)]
pub struct Client {
    inner: async_nats::Client,
    server: Option<(String, Option<u16>)>,
}

impl From<async_nats::Client> for Client {
    fn from(inner: async_nats::Client) -> Self {
        Self { inner, server: None }
    }
}

impl Deref for Client {
    type Target = async_nats::Client;

    fn deref(&self) -> &async_nats::Client {
        &self.inner
    }
}

impl Client {
    /// Sets the address of the server, which a client does not tell.
    #[must_use]
    pub fn server(self, address: &str, port: Option<u16>) -> Self {
        Self { server: Some((address.to_owned(), port)), ..self }
    }

    /// Publishes a message.
    ///
    /// # Errors
    ///
    /// As [`async_nats::Client::publish`].
    pub async fn publish(&self, subject: impl ToSubject, payload: Bytes) -> Result<(), PublishError> {
        self.publish_with_headers(subject, HeaderMap::new(), payload).await
    }

    /// Publishes a message that has headers.
    ///
    /// # Errors
    ///
    /// As [`async_nats::Client::publish_with_headers`].
    pub async fn publish_with_headers(
        &self,
        subject: impl ToSubject,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        let subject = subject.to_subject();
        let (span, headers) = self.start("publish", (&subject, None), headers, payload.len());
        messaging::run_with(span, self.inner.publish_with_headers(subject, headers, payload), error_type).await
    }

    /// Publishes to a subject that holds an id, with what such subjects have in common: `orders.*`.
    ///
    /// # Errors
    ///
    /// As [`async_nats::Client::publish_with_headers`].
    pub async fn publish_to(
        &self,
        template: &str,
        subject: impl ToSubject,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        let subject = subject.to_subject();
        let (span, headers) = self.start("publish", (&subject, Some(template)), headers, payload.len());
        messaging::run_with(span, self.inner.publish_with_headers(subject, headers, payload), error_type).await
    }

    /// Asks, and waits for the answer, which is in the span.
    ///
    /// # Errors
    ///
    /// As [`async_nats::Client::request`].
    pub async fn request(&self, subject: impl ToSubject, payload: Bytes) -> Result<Message, RequestError> {
        self.request_with_headers(subject, HeaderMap::new(), payload).await
    }

    /// Sends a request that has headers.
    ///
    /// # Errors
    ///
    /// As [`async_nats::Client::request_with_headers`].
    pub async fn request_with_headers(
        &self,
        subject: impl ToSubject,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<Message, RequestError> {
        let subject = subject.to_subject();
        let (span, headers) = self.start("request", (&subject, None), headers, payload.len());
        messaging::run_with(span, self.inner.request_with_headers(subject, headers, payload), error_type).await
    }

    fn start(
        &self,
        operation: &'static str,
        destination: (&str, Option<&str>),
        headers: HeaderMap,
        bytes: usize,
    ) -> (OwnedSpan, HeaderMap) {
        let mut send = on(messaging::send(SYSTEM, operation), destination).body_size(bytes);
        if let Some((address, port)) = &self.server {
            send = send.server(address.as_str(), *port);
        }
        let mut headers = Headers(headers);
        let span = send.start_with(&mut headers);
        (span, headers.0)
    }
}

/// An operation on a subject. Inboxes are as many as requests.
pub(crate) fn on<'a>(operation: Operation<'a>, (subject, template): (&'a str, Option<&'a str>)) -> Operation<'a> {
    let operation = operation.destination(subject);
    match template {
        Some(template) => operation.template(template),
        None if subject.starts_with("_INBOX.") => operation.template(INBOX).temporary(),
        None => operation,
    }
}
