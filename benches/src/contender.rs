//! The libraries, each doing the same things in the way that its own documentation shows.

use std::future::Future;

use crate::scenario::Scenario;

pub mod annotated;
pub mod bare;
pub mod by_hand;
pub mod emitted;
pub mod fast;
pub mod tracing_macros;

/// How a contender is to be set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetUp {
    /// Everything is recorded.
    Recording,
    /// The root is not sampled.
    Unsampled,
    /// Not at all.
    Nothing,
}

impl SetUp {
    /// What a scenario asks for.
    #[must_use]
    pub fn of(scenario: Scenario) -> Self {
        match scenario {
            Scenario::Unsampled => Self::Unsampled,
            Scenario::Disabled => Self::Nothing,
            _ => Self::Recording,
        }
    }
}

/// A tracing library. Each method makes one trace.
pub trait Contender: 'static {
    /// Its name in the report and on the command line.
    const NAME: &'static str;
    /// Whether its spans reach the sink at all.
    const RECORDS: bool;
    /// Whether its events and errors reach the sink as parts of a span.
    const EVENTS_ON_SPANS: bool = true;

    /// Whether the scenario means something for it.
    #[must_use]
    fn takes_part(_scenario: Scenario) -> bool {
        true
    }

    /// Starts its pipeline, with the counting sink at the end.
    fn set_up(how: SetUp);
    /// Waits until all that has ended is in the sink.
    fn flush();

    /// A root span.
    fn root();
    /// A root and 100 children.
    fn children();
    /// Each child with three attributes.
    fn attributes();
    /// Spans in one another.
    fn nested();
    /// Async children that yield once.
    fn awaiting();
    /// Children that fail.
    fn failing();
    /// Children with an event.
    fn event();
    /// An async root with async children that yield to the runtime.
    fn task() -> impl Future<Output = ()> + Send + 'static;
}
