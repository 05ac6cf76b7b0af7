//! Counting attempts: around the layers that make them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

/// Goes around layers that send a request again, for a retry, a redirect or an authorisation, so that the spans of
/// [`client`](crate::client()) inside say which attempt they are: `http.request.resend_count`.
///
/// ```
/// use tower::ServiceBuilder;
/// # let retries = tower::layer::util::Identity::new();
/// let layers = ServiceBuilder::new().layer(traced_tower::attempts()).layer(retries).layer(traced_tower::client());
/// # let _ = layers;
/// ```
pub const fn attempts() -> AttemptsLayer {
    AttemptsLayer(())
}

/// How often a request was sent so far; shared by its attempts, since those share its extensions. Attached by
/// [`attempts`], or by who sends requests again without a layer.
#[derive(Clone, Debug, Default)]
pub struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// Counts an attempt, and returns how many there were before.
    pub(crate) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Attaches [`Attempts`] to requests; made by [`attempts`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing until it is applied"]
pub struct AttemptsLayer(());

impl<S> Layer<S> for AttemptsLayer {
    type Service = CountedAttempts<S>;

    fn layer(&self, inner: S) -> CountedAttempts<S> {
        CountedAttempts(inner)
    }
}

/// A service whose requests count their attempts; made by [`AttemptsLayer`].
#[derive(Clone, Debug)]
pub struct CountedAttempts<S>(S);

impl<S: Service<Request<B>>, B> Service<Request<B>> for CountedAttempts<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(Attempts::default());
        self.0.call(request)
    }
}
