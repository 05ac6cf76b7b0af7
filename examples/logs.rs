//! Log lines with the ids of the trace that they belong to, as JSON, beside the trace itself.
//!
//! ```text
//! cargo run --example logs
//! ```
//!
//! A log store that knows `trace_id` (such as Loki, by a derived field) links from the line to the trace. For text
//! instead of JSON: `event_format(traced::subscriber::with_ids(tracing_subscriber::fmt::format()))`.

use std::fmt;

use traced::{ConsoleExporter, traced};
use tracing::{info, warn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[traced(attrs(order))]
fn checkout(order: u32) {
    info!(order, "checking out");
    if let Err(refused) = pay(order) {
        warn!(error = %refused, "not paid");
    }
}

#[tracing::instrument]
fn pay(order: u32) -> Result<(), Refused> {
    info!("asking the bank");
    if order > 1 { Err(Refused) } else { Ok(()) }
}

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bank refused")
    }
}

impl std::error::Error for Refused {}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;
    // The layer comes first: then the ids are there from the first line of a span.
    tracing_subscriber::registry()
        .with(traced::subscriber::layer())
        .with(tracing_subscriber::fmt::layer().event_format(traced::subscriber::json()))
        .init();
    info!("outside of any trace");
    (1..=2).for_each(checkout);
    Ok(())
}
