//! Other libraries' layers, each as its own docs have it.

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{HeaderMap, Request};
use opentelemetry::propagation::Extractor;
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};
use tower_http::trace::TraceLayer;
use traced_benches::contender::fast::{Null, Reports};
use traced_benches::contender::{by_hand, tracing_macros};
use traced_benches::ours;
use traced_metrics_opentelemetry::Meters;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::contenders::{Contender, layered, router, serve, server};

pub(super) fn all() -> Vec<Contender> {
    vec![
        server("traced-tower, measured by the SDK", || {
            let meters = SdkMeterProvider::builder().with_reader(ManualReader::default()).build();
            ours::install_measured(Meters::new(meters));
            serve(layered());
        }),
        Contender {
            flush: fastrace::flush,
            ..server("fastrace-axum", || {
                Null::install();
                serve(router().layer(fastrace_axum::FastraceLayer::default()));
            })
        },
        Contender {
            flush: by_hand::flush,
            ..server("opentelemetry-instrumentation-tower", || {
                by_hand::install_global();
                serve(router().layer(opentelemetry_instrumentation_tower::http::server::Layer::new()));
            })
        },
        Contender {
            flush: by_hand::flush,
            ..server("tower-http, tracing-opentelemetry", || {
                tracing_macros::install_for_server();
                serve(router().layer(TraceLayer::new_for_http().make_span_with(span)));
            })
        },
    ]
}

/// What one writes by hand for `TraceLayer`.
fn span(request: &Request<Body>) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = request.method();
    let span = tracing::info_span!(
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        url.path = request.uri().path(),
    );
    let parent = opentelemetry::global::get_text_map_propagator(|format| format.extract(&Headers(request.headers())));
    // It fails for a span that nobody records.
    _ = span.set_parent(parent);
    span
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
