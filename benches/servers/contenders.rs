//! Who takes part.

use std::cell::RefCell;

use axum::body::Body;
use axum::extract::{MatchedPath, Path};
use axum::http::Request;
use axum::{Router, routing::get};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use tower::ServiceExt;
use traced_benches::ours;

use super::edges;

/// One way to serve, or to call.
pub(crate) struct Contender {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether the others that follow are compared with it.
    pub(crate) is_base: bool,
    /// How many spans arrive for each call.
    pub(crate) spans: u64,
    /// Makes ready.
    pub(crate) set_up: fn(),
    /// What is counted.
    pub(crate) call: fn(),
    /// Waits until the spans have arrived.
    pub(crate) flush: fn(),
}

/// All of them.
pub(crate) fn all() -> Vec<Contender> {
    let mut all = vec![
        Contender { is_base: true, spans: 0, ..server("bare router", || serve(router())) },
        server("traced-tower", || {
            ours::install(true);
            serve(layered());
        }),
        Contender {
            spans: 0,
            call: unsampled_request,
            ..server("traced-tower, not sampled by the caller", || {
                ours::install(true);
                serve(layered());
            })
        },
        Contender {
            spans: 0,
            ..server("traced-tower, not sampled by a sampler", || {
                ours::install(false);
                serve(layered());
            })
        },
        Contender { spans: 0, flush: || {}, ..server("traced-tower, not initialised", || serve(layered())) },
        server("traced-tower, measured", || {
            ours::install_measured(ours::NoMeter);
            serve(layered());
        }),
        Contender {
            spans: 0,
            call: unsampled_request,
            ..server("traced-tower, measured, not sampled by the caller", || {
                ours::install_measured(ours::NoMeter);
                serve(layered());
            })
        },
    ];
    #[cfg(feature = "server-peers")]
    all.extend(super::peers::all());
    all.extend(edges::all());
    all
}

/// A server whose spans go through our pipeline.
pub(crate) fn server(name: &'static str, set_up: fn()) -> Contender {
    Contender { name, is_base: false, spans: 1, set_up, call: request, flush: ours::flush_if_installed }
}

/// The routes, without a layer.
pub(crate) fn router() -> Router {
    Router::new().route("/users/{id}", get(async |Path(id): Path<u32>| id.to_string()))
}

/// The routes in a layer of ours.
pub(crate) fn layered() -> Router {
    router().layer(traced_tower::server().route(MatchedPath::as_str))
}

thread_local! {
    static APP: RefCell<Option<Router>> = const { RefCell::new(None) };
}

/// Serves these routes from now on.
pub(crate) fn serve(router: Router) {
    APP.with_borrow_mut(|app| *app = Some(router));
}

/// One request and its answer.
fn request() {
    request_of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

fn unsampled_request() {
    request_of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
}

fn request_of(traceparent: &str) {
    let request = Request::get("/users/7")
        .header("host", "shop.example")
        .header("user-agent", "bench/1.0")
        .header("traceparent", traceparent)
        .body(Body::empty())
        .expect("a request");
    let app = APP.with_borrow(Clone::clone).expect("it was set up");
    let work = async {
        let answer = app.oneshot(request).await.expect("infallible");
        assert_eq!(answer.into_body().collect().await.expect("it is whole").to_bytes(), "7");
    };
    work.now_or_never().expect("nothing waits");
}
