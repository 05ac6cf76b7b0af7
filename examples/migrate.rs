//! From `#[tracing::instrument]` to `#[traced]` without a flag day.
//!
//! ```text
//! cargo run --example migrate
//! ```
//!
//! 1. Swap the OpenTelemetry layer for `traced::subscriber::layer()`: the same traces, not a function changed.
//! 2. Change attribute by attribute, in any order.
//! 3. When none is left, drop the layer, or keep it for the libraries that speak `tracing`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use traced::FinishedSpan;
use traced::testing::{capture_async, tree};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// As it was.
mod before {
    use tracing::{info, instrument};

    #[instrument(skip_all, fields(order.id = order))]
    pub(super) async fn checkout(order: u32) -> Result<u32, std::num::ParseIntError> {
        let amount = price(order);
        info!(amount, "priced");
        pay(amount).await
    }

    #[instrument(skip_all)]
    fn price(order: u32) -> u32 {
        order * 100
    }

    #[instrument(skip_all, fields(otel.kind = "client"), err)]
    async fn pay(amount: u32) -> Result<u32, std::num::ParseIntError> {
        tokio::task::yield_now().await;
        format!("{amount} EUR").parse()
    }
}

/// Some functions have changed: those in the middle of a trace, too.
mod halfway {
    use traced::traced;
    use tracing::{info, instrument};

    #[instrument(skip_all, fields(order.id = order))]
    pub(super) async fn checkout(order: u32) -> Result<u32, std::num::ParseIntError> {
        let amount = price(order);
        info!(amount, "priced");
        pay(amount).await
    }

    #[instrument(skip_all)]
    fn price(order: u32) -> u32 {
        order * 100
    }

    // The error is recorded without being asked for, and the span has its status.
    #[traced(kind = client)]
    async fn pay(amount: u32) -> Result<u32, std::num::ParseIntError> {
        tokio::task::yield_now().await;
        format!("{amount} EUR").parse()
    }
}

/// Everything has changed. The log lines stay `tracing`'s, and events of their spans.
mod after {
    use traced::traced;
    use tracing::info;

    #[traced(attrs(order.id = order))]
    pub(super) async fn checkout(order: u32) -> Result<u32, std::num::ParseIntError> {
        let amount = price(order);
        info!(amount, "priced");
        pay(amount).await
    }

    #[traced]
    fn price(order: u32) -> u32 {
        order * 100
    }

    #[traced(kind = client)]
    async fn pay(amount: u32) -> Result<u32, std::num::ParseIntError> {
        tokio::task::yield_now().await;
        format!("{amount} EUR").parse()
    }
}

/// Names, kinds and who is whose child.
fn shape(spans: &[FinishedSpan]) -> Vec<String> {
    let mut shape: Vec<_> = spans
        .iter()
        .map(FinishedSpan::view)
        .map(|span| {
            let parent =
                spans.iter().map(FinishedSpan::view).find(|other| Some(other.span_id()) == span.parent_span_id());
            format!("{} ({:?}) under {}", span.name(), span.kind(), parent.map_or("nothing", |parent| parent.name()))
        })
        .collect();
    shape.sort();
    shape
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tracing_subscriber::registry().with(traced::subscriber::layer()).init();
    let before = capture_async(async { drop(before::checkout(7).await) }).await;
    let halfway = capture_async(async { drop(halfway::checkout(7).await) }).await;
    let after = capture_async(async { drop(after::checkout(7).await) }).await;
    for (step, spans) in [("before", &before), ("halfway", &halfway), ("after", &after)] {
        println!("{step}:\n{}", tree(spans));
    }
    assert_eq!(shape(&before), shape(&halfway));
    assert_eq!(shape(&before), shape(&after));
}
