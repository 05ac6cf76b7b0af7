//! Spans that OpenTelemetry's API starts.

use super::{Handle, Span};
use crate::local::attach::keep;
use crate::local::frame::Frame;
use crate::local::start::{Fill, StartOptions, start};
use crate::local::storage::with_local;
use crate::local::{current, fast_start, guard};
use crate::wire::site::Site;

impl Span {
    /// Starts a span, and says whether it was made. One that is not leaves to its children the context that it would
    /// have started in.
    pub(crate) fn start_bridged(site: &'static Site, options: Option<StartOptions>, fill: Fill<'_>) -> (Self, bool) {
        let parent = options.as_ref().and_then(|options| options.parent.clone());
        let frame = if guard::is_on(site) { Self::start_frame(site, options, fill) } else { None };
        let Some(mut frame) = frame else {
            return (Self(Handle::Context(parent.unwrap_or_else(current::context))), false);
        };
        let span = Self::of(&mut frame);
        keep(frame);
        (span, true)
    }

    fn start_frame(site: &'static Site, options: Option<StartOptions>, fill: Fill<'_>) -> Option<Box<Frame>> {
        if options.is_none() {
            let plain = with_local(|local| fast_start::frame(local, site)).flatten();
            if let Some(mut frame) = plain {
                fast_start::fill(&mut frame, fill);
                return Some(frame);
            }
        }
        start(site, options.unwrap_or_default(), Some(fill))
    }
}
