//! The scenarios, and what each must deliver.

use crate::inputs::{CHILDREN, DEPTH};
use crate::sink::Arrived;

/// A scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scenario {
    /// One root span.
    Root,
    /// A root and 100 children, one after another.
    Children,
    /// The same, each child with an integer, a borrowed text and a formatted text.
    Attributes,
    /// Sixteen spans, each inside the one before.
    Nested,
    /// A root and 100 async children that yield once each.
    Awaiting,
    /// A root and 100 children that return an error: status and exception event.
    Failing,
    /// A root and 100 children with one event of two attributes each.
    Event,
    /// A root and 100 children, not sampled.
    Unsampled,
    /// A root and 100 children where nothing was set up.
    Disabled,
    /// `Children` on two threads at once.
    TwoThreads,
    /// Twenty tasks on a multi-thread tokio runtime: an async root and 100 async children that yield to it.
    Tasks,
}

impl Scenario {
    /// All, in the order of the report.
    pub const ALL: [Self; 11] = [
        Self::Root,
        Self::Children,
        Self::Attributes,
        Self::Nested,
        Self::Awaiting,
        Self::Failing,
        Self::Event,
        Self::Unsampled,
        Self::Disabled,
        Self::TwoThreads,
        Self::Tasks,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Children => "children",
            Self::Attributes => "attributes",
            Self::Nested => "nested",
            Self::Awaiting => "async",
            Self::Failing => "error",
            Self::Event => "event",
            Self::Unsampled => "unsampled",
            Self::Disabled => "disabled",
            Self::TwoThreads => "threads",
            Self::Tasks => "tokio",
        }
    }

    /// What the report says of it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Root => "Root span only",
            Self::Children => "Root and 100 children",
            Self::Attributes => "Three attributes (i64, &str, formatted text)",
            Self::Nested => "Nested 16 deep",
            Self::Awaiting => "Async, one yield",
            Self::Failing => "Error: status and exception event",
            Self::Event => "One event with two attributes",
            Self::Unsampled => "Not sampled",
            Self::Disabled => "Not initialised",
            Self::TwoThreads => "Two threads at once (per span, both threads together)",
            Self::Tasks => "Multi-thread tokio, work stealing (per span, all threads together)",
        }
    }

    /// The scenario of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name)
    }

    /// Spans of one trace.
    #[must_use]
    pub fn spans_per_trace(self) -> u64 {
        match self {
            Self::Root => 1,
            Self::Nested => DEPTH,
            _ => CHILDREN + 1,
        }
    }

    /// Traces between two flushes: what fits the smallest default queue among the contenders, 2,048 spans. Half as
    /// many roots, since fastrace queues three commands for each.
    #[must_use]
    pub fn traces_per_burst(self) -> u64 {
        if self == Self::Root { 1_010 } else { 2_020 / self.spans_per_trace() }
    }

    /// How many threads of the bench itself record.
    #[must_use]
    pub fn threads(self) -> u64 {
        if self == Self::TwoThreads { 2 } else { 1 }
    }

    /// Whether spans must arrive.
    #[must_use]
    pub fn records(self) -> bool {
        !matches!(self, Self::Unsampled | Self::Disabled)
    }

    /// The least that must arrive of so many traces.
    #[must_use]
    pub fn expected(self, traces: u64) -> Arrived {
        let children = traces * CHILDREN;
        let spans = if self.records() { traces * self.spans_per_trace() } else { 0 };
        Arrived {
            spans,
            attributes: if self == Self::Attributes { 3 * children } else { 0 },
            events: if matches!(self, Self::Event | Self::Failing) { children } else { 0 },
            errors: if self == Self::Failing { children } else { 0 },
        }
    }
}
