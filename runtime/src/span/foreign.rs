//! Spans that another library starts, enters and leaves in its own way: without guards, from any thread.

use super::{Handle, Span};
use crate::kind::SpanKind;
use crate::local::entered::{enter_context, enter_span, exit, keep};
use crate::local::frame::{Frame, Mode};
use crate::local::start::{Fill, StartOptions, start};
use crate::local::{current, enter, plain, with_local};
use crate::provider::Provider;
use crate::site::Site;

impl Span {
    /// Starts a span. `None` when there is nothing to enter: no span, and no context to carry along.
    pub(crate) fn start_foreign(site: &'static Site, options: Option<StartOptions>, fill: Fill<'_>) -> Option<Self> {
        if !enter::is_on(site) {
            return Self::passed_on(options);
        }
        let plain = match options {
            None => with_local(|local| plain::frame(local, site)).flatten(),
            Some(_) => None,
        };
        if let Some(mut frame) = plain {
            plain::fill(&mut frame, fill);
            return Some(Self::of_frame(frame));
        }
        match start(site, options.clone().unwrap_or_default(), Some(fill)) {
            Some(frame) => Some(Self::of_frame(frame)),
            None => Self::passed_on(options),
        }
    }

    /// What a span that is not made leaves to its children: the context that it would have started in.
    fn passed_on(options: Option<StartOptions>) -> Option<Self> {
        let context = options.and_then(|options| options.parent).unwrap_or_else(current::context);
        (context.span_context().is_valid() || context.origin.is_suppressed).then_some(Self(Handle::Context(context)))
    }

    fn of_frame(mut frame: Box<Frame>) -> Self {
        let span = match frame.mode {
            Mode::Recording => Handle::Recording(frame.share()),
            _ => Handle::Context(frame.context()),
        };
        keep(frame);
        Self(span)
    }

    /// Makes the span the current one of this thread until [`exit`](Self::exit).
    pub(crate) fn enter(&self) {
        match &self.0 {
            Handle::Recording(shared) => enter_span(shared),
            Handle::Context(context) => enter_context(context.clone()),
        }
    }

    /// Undoes the last [`enter`](Self::enter) on this thread, also when others came after it.
    pub(crate) fn exit(&self) {
        exit(match &self.0 {
            Handle::Recording(shared) => shared.identity.span_id,
            Handle::Context(context) => context.span_context().span_id(),
        });
    }

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
        encode(&mut encoded, recorder.provider);
        shared.with_fields(|fields| fields.event(&recorder.provider.limits, recorder.now, &encoded));
    }
}
