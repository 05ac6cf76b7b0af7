//! Consumers.

use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use lapin::Result;

use crate::delivery::Delivery;
use crate::server::Server;

/// A consumer whose deliveries know where they come from; for all else it is the driver's own.
///
/// What goes to a delegate ([`lapin::Consumer::set_delegate`]) are the driver's deliveries: [`Delivery::from`] makes one of ours.
#[derive(Clone, Debug)]
pub struct Consumer {
    inner: lapin::Consumer,
    server: Server,
}

impl Consumer {
    pub(crate) const fn new(inner: lapin::Consumer, server: Server) -> Self {
        Self { inner, server }
    }
}

impl Deref for Consumer {
    type Target = lapin::Consumer;

    fn deref(&self) -> &lapin::Consumer {
        &self.inner
    }
}

impl Stream for Consumer {
    type Item = Result<Delivery>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = Pin::new(&mut self.inner).poll_next(cx);
        item.map_ok(|delivery| Delivery::new(delivery, self.inner.queue(), self.server.clone()))
    }
}
