//! One trace, whoever made the span: `#[traced]` functions, a library that speaks `tracing`, and one that speaks
//! OpenTelemetry's API.
//!
//! ```text
//! cargo run --example mixed
//! ```
//!
//! Each span is the child of whichever span is innermost when it starts, so the three kinds nest in one another in any
//! order, over awaits and spawned tasks. Events of `tracing` are events of the innermost span.

use traced::{ConsoleExporter, Context, traced};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Stands for a database driver from crates.io, which speaks `tracing` and knows nothing of `traced`.
mod driver {
    use std::time::Duration;

    use tracing::{Instrument as _, info, info_span};

    /// Runs a query, and gives the rows to `each`.
    pub(super) async fn query(statement: &str, mut each: impl FnMut(u32)) {
        let span = info_span!("query", otel.kind = "client", db.system.name = "sqlite", db.query.text = statement);
        async {
            tokio::time::sleep(Duration::from_millis(3)).await;
            info!(rows = 2, "rows arrived");
            (1..=2).for_each(&mut each);
        }
        .instrument(span)
        .await;
    }
}

/// Stands for a cache from crates.io, which speaks OpenTelemetry's API and knows nothing of `traced` either.
mod cache {
    use opentelemetry::trace::{FutureExt as _, SpanKind, TraceContextExt as _, Tracer as _};
    use opentelemetry::{Context, KeyValue, global};

    /// The value of a key, which `load` gets if it is not there.
    pub(super) async fn get(key: &'static str, load: impl Future<Output = u32>) -> u32 {
        let tracer = global::tracer("cache");
        let span = tracer.span_builder("cache.get").with_kind(SpanKind::Client);
        let span = span.with_attributes([KeyValue::new("cache.key", key)]).start(&tracer);
        let context = Context::current_with_span(span);
        let value = load.with_context(context.clone()).await;
        context.span().set_attribute(KeyValue::new("cache.hit", false));
        context.span().end();
        value
    }
}

#[traced(kind = server, attrs(http.route = "/stock"))]
async fn stock() -> u32 {
    let sum = cache::get("stock", load()).await;
    // A task takes the context along, whichever kind of span it is.
    let task = tokio::spawn(Context::current().instrument(async { driver::query("SELECT 1", |_| {}).await }));
    task.await.unwrap_or_default();
    sum
}

/// Called by the cache, inside of its span.
#[traced]
async fn load() -> u32 {
    let mut sum = 0;
    driver::query("SELECT amount FROM stock", |amount| sum += price(amount)).await;
    sum
}

/// Called by the driver, inside of its span.
#[traced(attrs(amount))]
fn price(amount: u32) -> u32 {
    tracing::info!("priced");
    amount * 100
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;
    tracing_subscriber::registry().with(traced::subscriber::layer()).init();
    traced_opentelemetry::install(traced_opentelemetry::Attach::default());
    stock().await;
    Ok(())
}
