//! How a span starts, besides its call site and attributes.

use super::frame::Cancel;
use crate::model::span_kind::SpanKind;
use crate::tracer::context::Context;

/// How a span starts, by the attribute's arguments or a builder.
#[derive(Clone, Default)]
pub struct StartOptions {
    /// The parent, instead of the current context.
    pub parent: Option<Context>,
    /// Whether a new trace begins.
    pub root: Root,
    /// A hint to the sampler.
    pub sample: Option<SampleHint>,
    /// The kind, instead of the call site's.
    pub kind: Option<SpanKind>,
    /// When it started, in nanoseconds since 1970, instead of now.
    pub start_unix_nanos: Option<u64>,
    /// How the span ends if its future is dropped before completion.
    pub cancel: Cancel,
    /// Whether a panic leaves the span's status alone.
    pub ignores_panic: bool,
}

/// Whether a new trace begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Root {
    /// The span is the parent's child, if there is one.
    #[default]
    No,
    /// A new trace, with the baggage of the context it starts in.
    New,
    /// A new trace, with a link to the span it starts in.
    Linked,
    /// A new trace without baggage.
    NoBaggage,
    /// Both: a link, and no baggage.
    LinkedNoBaggage,
}

/// A hint of the function to the sampler.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SampleHint {
    /// The share of traces to sample, from 0 to 1.
    pub ratio: f64,
    /// Whether it overrides the parent's decision.
    pub force: bool,
}
