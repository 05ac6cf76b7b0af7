//! From `#[tracing::instrument]` to `#[traced]` without a flag day, and with the same log lines.
//!
//! ```text
//! cargo run --example migrate
//! ```
//!
//! 1. Swap the OpenTelemetry layer for `traced::subscriber::layer().mirror(true)`: the same traces, not a function changed.
//! 2. Change attribute by attribute, in any order.
//! 3. When none is left, drop the layer, or keep it for the libraries that speak `tracing` and for the fields in log lines.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use traced::FinishedSpan;
use traced::testing::{capture_async, tree};
use tracing::Subscriber;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[derive(Debug)]
struct Rates;

/// As it was.
mod before {
    use super::Rates;
    use tracing::{Instrument as _, Span, info, instrument};

    #[instrument(skip_all, fields(order.id = order))]
    pub(super) async fn checkout(order: u32) -> Result<u32, std::num::ParseIntError> {
        let amount = price(&Rates, order);
        info!(amount, "priced");
        drop(tokio::spawn(async { info!("sent") }.instrument(Span::current())).await);
        pay(amount).await
    }

    #[instrument(skip(_rates))]
    fn price(_rates: &Rates, order: u32) -> u32 {
        info!("pricing");
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
    use super::Rates;
    use traced::traced;
    use tracing::{Instrument as _, Span, info, instrument};

    #[instrument(skip_all, fields(order.id = order))]
    pub(super) async fn checkout(order: u32) -> Result<u32, std::num::ParseIntError> {
        let amount = price(&Rates, order);
        info!(amount, "priced");
        drop(tokio::spawn(async { info!("sent") }.instrument(Span::current())).await);
        pay(amount).await
    }

    // `args(except(..))` says what `skip(..)` said: everything else is recorded.
    #[traced(args(except(_rates)))]
    fn price(_rates: &Rates, order: u32) -> u32 {
        info!("pricing");
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
    use super::Rates;
    use traced::traced;
    use tracing::{Instrument as _, Span, info};

    #[traced(attrs(order.id = order))]
    pub(super) async fn checkout(order: u32) -> Result<u32, std::num::ParseIntError> {
        let amount = price(&Rates, order);
        info!(amount, "priced");
        drop(tokio::spawn(async { info!("sent") }.instrument(Span::current())).await);
        pay(amount).await
    }

    #[traced(args(except(_rates)))]
    fn price(_rates: &Rates, order: u32) -> u32 {
        info!("pricing");
        order * 100
    }

    #[traced(kind = client)]
    async fn pay(amount: u32) -> Result<u32, std::num::ParseIntError> {
        tokio::task::yield_now().await;
        format!("{amount} EUR").parse()
    }
}

/// Where log lines go.
struct Log;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn subscriber() -> impl Subscriber + Send + Sync {
    let format = fmt::layer().with_ansi(false).without_time().with_target(false).with_writer(|| Log);
    tracing_subscriber::registry().with(traced::subscriber::layer().mirror(true)).with(format)
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

/// The shape of the trace, and the log lines.
async fn seen<R>(step: &str, run: impl Future<Output = R>) -> (Vec<String>, String) {
    let spans = capture_async(run).await;
    let log = std::mem::take(&mut *LOG.lock().unwrap_or_else(PoisonError::into_inner));
    let mut log = String::from_utf8_lossy(&log).into_owned();
    println!("{step}:\n{}\n{log}", tree(&spans));
    // `err` logged a line as well. Log errors where they are handled.
    log = log.lines().filter(|line| !line.contains("ERROR")).collect::<Vec<_>>().join("\n");
    (shape(&spans), log)
}

pub(crate) async fn compare() {
    let before = seen("before", before::checkout(7)).await;
    assert_eq!(before, seen("halfway", halfway::checkout(7)).await);
    assert_eq!(before, seen("after", after::checkout(7)).await);
    assert!(before.1.contains("INFO checkout{order.id=7}: sent"), "{}", before.1);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    subscriber().init();
    compare().await;
}
