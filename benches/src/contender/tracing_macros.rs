//! `#[tracing::instrument]`: without a subscriber, with tracing-opentelemetry as it comes, with its extras off, and with
//! the layer of `traced`.

use std::hint::black_box;
use std::marker::PhantomData;

use opentelemetry::trace::TracerProvider;
use tracing::{Level, event, instrument};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::{Contender, SetUp, by_hand};
use crate::inputs::{CHILDREN, DEPTH, Refused, Session, YieldOnce, drive, number, text};
use crate::ours;
use crate::scenario::Scenario;

/// What listens.
pub trait Listener: 'static {
    /// See [`Contender::NAME`].
    const NAME: &'static str;
    /// See [`Contender::RECORDS`].
    const RECORDS: bool;
    /// Installs it.
    fn install(how: SetUp);
    /// See [`Contender::flush`].
    fn flush() {
        by_hand::flush();
    }
}

/// Nothing.
#[derive(Debug)]
pub struct Nobody;

impl Listener for Nobody {
    const NAME: &'static str = "tracing, no subscriber";
    const RECORDS: bool = false;

    fn install(_how: SetUp) {}
}

/// tracing-opentelemetry as it comes.
#[derive(Debug)]
pub struct AsItComes;

impl Listener for AsItComes {
    const NAME: &'static str = "tracing-opentelemetry";
    const RECORDS: bool = true;

    fn install(how: SetUp) {
        let provider = by_hand::provider(how);
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
        let subscriber = Registry::default().with(layer);
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber in this process");
    }
}

/// The same from `INFO` up, as servers have it.
pub fn install_for_server() {
    by_hand::install_global();
    let layer = tracing_opentelemetry::layer().with_tracer(by_hand::provider(SetUp::Recording).tracer("bench"));
    let subscriber = Registry::default().with(tracing_subscriber::filter::LevelFilter::INFO).with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("no other subscriber in this process");
}

/// tracing-opentelemetry without location, threads, target and inactivity.
#[derive(Debug)]
pub struct Lean;

impl Listener for Lean {
    const NAME: &'static str = "tracing-opentelemetry, lean";
    const RECORDS: bool = true;

    fn install(how: SetUp) {
        let provider = by_hand::provider(how);
        let layer = tracing_opentelemetry::layer()
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_tracer(provider.tracer("bench"));
        let subscriber = Registry::default().with(layer);
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber in this process");
    }
}

/// The layer of `traced`, with the status that tracing-opentelemetry sets by itself.
#[derive(Debug)]
pub struct TracedLayer;

impl Listener for TracedLayer {
    const NAME: &'static str = "tracing with traced's layer";
    const RECORDS: bool = true;

    fn install(how: SetUp) {
        ours::install(how == SetUp::Recording);
        let layer = traced::subscriber::layer().error_events_set_status(true);
        let subscriber = Registry::default().with(layer);
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber in this process");
    }

    fn flush() {
        ours::flush();
    }
}

/// See the module.
#[derive(Debug)]
pub struct Tracing<L>(PhantomData<L>);

impl<L: Listener> Contender for Tracing<L> {
    const NAME: &'static str = L::NAME;
    const RECORDS: bool = L::RECORDS;

    /// Without a subscriber all are the same.
    fn takes_part(scenario: Scenario) -> bool {
        !L::RECORDS || scenario != Scenario::Disabled
    }

    fn set_up(how: SetUp) {
        if how != SetUp::Nothing {
            L::install(how);
        }
    }

    fn flush() {
        L::flush();
    }

    fn root() {
        root();
    }

    fn children() {
        parent(|i| {
            child(i);
        });
    }

    fn attributes() {
        let text = text();
        parent(|i| {
            attributes(number(), &text, Session(i));
        });
    }

    fn nested() {
        nested(DEPTH);
    }

    fn awaiting() {
        parent(|i| {
            drive(awaiting(i));
        });
    }

    fn failing() {
        parent(|i| {
            let _ = black_box(failing(i));
        });
    }

    fn event() {
        let text = text();
        parent(|i| {
            event(i.cast_signed(), &text);
        });
    }

    #[instrument(skip_all)]
    async fn task() {
        for i in 0..CHILDREN {
            yielding(i).await;
        }
    }
}

#[instrument(skip_all)]
fn root() {
    black_box(());
}

#[instrument(skip_all)]
fn parent(mut each: impl FnMut(u64)) {
    (0..CHILDREN).for_each(&mut each);
}

#[instrument(skip_all)]
#[inline(never)]
fn child(i: u64) -> u64 {
    black_box(i)
}

#[instrument(skip_all, fields(order.number = number, delivery = text, %session))]
#[inline(never)]
fn attributes(number: i64, text: &str, session: Session) -> u64 {
    black_box((number, text));
    black_box(session.0)
}

#[instrument(skip_all)]
#[inline(never)]
fn nested(depth: u64) -> u64 {
    if depth > 1 { black_box(nested(depth - 1)) } else { black_box(depth) }
}

#[instrument(skip_all)]
#[inline(never)]
async fn awaiting(i: u64) -> u64 {
    YieldOnce::default().await;
    black_box(i)
}

#[instrument(skip_all, err)]
#[inline(never)]
fn failing(code: u64) -> Result<u64, Refused> {
    Err(black_box(Refused { code }))
}

#[instrument(skip_all)]
#[inline(never)]
fn event(available: i64, item: &str) -> i64 {
    event!(Level::INFO, available, item, "inventory checked");
    black_box(item);
    black_box(available)
}

#[instrument(skip_all)]
async fn yielding(i: u64) -> u64 {
    tokio::task::yield_now().await;
    black_box(i)
}
