//! Spans that no guard ends: held by hand, by another library, on any thread.

use super::attach::keep;
use super::current;
use super::exception::Ending;
use super::frame::{Frame, Handle, Policy};
use super::shared::SharedSpan;
use super::start::{Fill, StartOptions, start};
use super::storage::{with_local, with_local_or_count};
use super::{end, fast_start};
use crate::tracer::registry;
use crate::wire::site::Site;

/// The result of a start.
pub struct Started {
    /// The span, or the context that it would have started in: that is what its children are in.
    pub handle: Handle,
    /// Whether there is a span: recording or not.
    pub is_span: bool,
}

impl Handle {
    /// Starts a span without making it the current one. Without `options`, under the current span, which may be quick.
    pub fn start(site: &'static Site, options: Option<StartOptions>, fill: Fill<'_>) -> Started {
        let parent = options.as_ref().and_then(|options| options.parent.clone());
        let frame = if registry::is_on(site) { Self::start_frame(site, options, fill) } else { None };
        let Some(mut frame) = frame else {
            return Started { handle: Self::Context(parent.unwrap_or_else(current::context)), is_span: false };
        };
        let handle = Self::of(&mut frame);
        keep(frame);
        Started { handle, is_span: true }
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

    /// Ends the span at `time`, in Unix nanoseconds, or now. Later ends are ignored.
    pub(crate) fn end(&self, time: Option<u64>) {
        if let Self::Recording(shared) = self {
            end_shared(shared, time);
        }
    }
}

fn end_shared(shared: &SharedSpan, time: Option<u64>) {
    if let Some(mut fields) = shared.take_fields() {
        with_local_or_count(shared.identity.site_index(), |local| {
            let is_done = time.is_none()
                && local
                    .with_stack(|stack| end::hand_over_shared(stack, &shared.identity, &mut fields))
                    .unwrap_or(false);
            if !is_done {
                end::finish(local, &shared.identity, &mut fields, Policy::default(), Ending::ByHand(time));
            }
            fields.clear();
            local.with_stack(|stack| stack.keep_buffer(fields.encoded));
        });
    }
}

/// The last handle of a span that nobody ended.
impl Drop for SharedSpan {
    fn drop(&mut self) {
        end_shared(self, None);
    }
}
