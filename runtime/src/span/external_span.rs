//! Spans that another library starts, enters and leaves in its own way: without guards, from any thread.

use std::sync::Arc;

use super::{Handle, Span, end_shared};
use crate::local::attach::keep;
use crate::local::external::{Key, enter_context, enter_span};
use crate::local::frame::{Frame, Mode, SharedSpan};
use crate::local::start::{Fill, StartOptions, start};
use crate::local::storage::with_local;
use crate::local::{current, fast_start, guard};
use crate::model::span_kind::SpanKind;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;
use crate::wire::encode;
use crate::wire::site::Site;

/// A span of another library.
#[derive(Clone)]
pub(crate) enum Foreign {
    Recording(Arc<SharedSpan>),
    /// Only an identity, or somebody else's: what starts inside is the child of that.
    Context(Box<Context>),
}

impl Foreign {
    /// Starts a span. `None` when there is nothing to enter: no span, and no context to carry along.
    #[inline]
    pub(crate) fn start(site: &'static Site, options: Option<StartOptions>, fill: Fill<'_>) -> Option<Self> {
        if options.is_none() && guard::is_on(site) {
            let plain = with_local(|local| fast_start::frame(local, site)).flatten();
            if let Some(mut frame) = plain {
                fast_start::fill(&mut frame, fill);
                return Some(Self::of_frame(frame));
            }
        }
        Self::start_generally(site, options.unwrap_or_default(), fill)
    }

    #[inline(never)]
    fn start_generally(site: &'static Site, options: StartOptions, fill: Fill<'_>) -> Option<Self> {
        let parent = options.parent.clone();
        let frame = if guard::is_on(site) { start(site, options, Some(fill)) } else { None };
        if let Some(frame) = frame {
            return Some(Self::of_frame(frame));
        }
        // A span that is not made leaves to its children the context that it would have started in.
        let context = parent.unwrap_or_else(current::context);
        let is_known = context.span_context().is_valid() || context.origin.is_suppressed;
        is_known.then(|| Self::Context(Box::new(context)))
    }

    #[inline]
    fn of_frame(mut frame: Box<Frame>) -> Self {
        let span = match frame.mode {
            Mode::Recording => Self::Recording(frame.share()),
            _ => Self::Context(Box::new(frame.context())),
        };
        keep(frame);
        span
    }

    /// The context of the span's children.
    pub(crate) fn context(&self) -> Context {
        match self {
            Self::Recording(shared) => shared.identity.context(false),
            Self::Context(context) => (**context).clone(),
        }
    }

    /// Makes the span the current one of this thread until it is left by the same key.
    #[inline]
    pub(crate) fn enter(self, key: Key) {
        match self {
            Self::Recording(shared) => enter_span(key, shared),
            Self::Context(context) => enter_context(key, *context),
        }
    }

    pub(crate) fn end(&self) {
        if let Self::Recording(shared) = self {
            end_shared(shared, None);
        }
    }

    /// A handle, if the span records.
    pub(crate) fn handle(self) -> Option<Span> {
        match self {
            Self::Recording(shared) if !shared.has_ended() => Some(Span(Handle::Recording(shared))),
            _ => None,
        }
    }
}

impl Span {
    /// Changes the kind. Samplers have seen the old one.
    pub(crate) fn set_kind(&self, kind: SpanKind) {
        if let Some(shared) = self.shared() {
            shared.with_fields(|fields| fields.set_kind(kind));
        }
    }

    /// Whether the status is an error so far.
    pub(crate) fn is_error(&self) -> bool {
        self.shared().and_then(|shared| shared.with_fields(|fields| fields.is_error())).unwrap_or(false)
    }

    /// Adds an event, as `encode` writes it: without its time. Nothing is borrowed meanwhile.
    pub(crate) fn add_encoded_event(&self, encode: &mut dyn FnMut(&mut Vec<u8>, &'static Provider)) {
        let Some((shared, recorder)) = self.recorder() else { return };
        let mut encoded = Vec::new();
        encode::event_at(&mut encoded, recorder.now, |out| encode(out, recorder.provider));
        shared.with_fields(|fields| fields.event(&recorder.provider.limits, &encoded));
    }
}
