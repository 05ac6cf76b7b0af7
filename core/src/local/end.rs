//! How a span ends: its outcome, then its record.

use super::ending_span::EndingSpan;
use super::exception::{Ending, Recorder};
use super::foreign;
use super::frame::{Frame, Mode, Policy};
use super::hooks;
use super::identity::Identity;
use super::measuring;
use super::panic;
use super::stack::{Sources, Stack};
use super::storage::Local;
use crate::model::outcome::Outcome;
use crate::process::clock::{self, Timebase};
use crate::tracer::provider::Provider;
use crate::wire::fields::Fields;
use crate::wire::record::{Bits, RawHead};
use crate::wire::redact;
use crate::wire::site::Site;

/// Ends what a frame, taken off every stack, is in charge of, and keeps the frame for reuse.
#[inline]
pub(crate) fn end_frame(local: &Local, mut frame: Box<Frame>, ending: Ending<'_>) {
    foreign::ended(&mut frame);
    if frame.measuring.is_on() {
        measuring::end(&mut frame, ending);
    }
    if frame.mode == Mode::Recording {
        match frame.shared.take() {
            None => {
                let Frame { identity, fields, policy, .. } = &mut *frame;
                finish(local, identity, fields, *policy, ending);
            }
            Some(shared) => {
                if let Some(mut fields) = shared.take_fields() {
                    finish(local, &frame.identity, &mut fields, frame.policy, ending);
                }
            }
        }
    }
    frame.shared = None;
    frame.identity.clear();
    local.with_stack(|stack| stack.keep_frame(frame));
}

/// Records the outcome and hands the record over. Nothing is borrowed: this may run the error's `Display`.
#[inline]
pub(crate) fn finish(local: &Local, identity: &Identity, fields: &mut Fields, policy: Policy, ending: Ending<'_>) {
    let (Some(provider), Some(site)) = (identity.provider, identity.site) else { return };
    let now = clock::ticks();
    let mut end = End { time: now, is_unix: false };
    match ending {
        Ending::Returned(Outcome::Success) | Ending::ByHand(None) => {}
        Ending::ByHand(Some(unix_nanos)) => end = End { time: unix_nanos, is_unix: true },
        other => {
            let unix_nanos = Timebase::get().unix_nanos(now, identity.offset);
            let kind = fields.kind().unwrap_or(identity.bits.kind());
            if matches!(other, Ending::Panicked) && !identity.bits.has_unix_start() {
                panic::forget_older(identity.start);
            }
            Recorder { provider, site, fields, unix_nanos }.outcome(other, policy, kind);
            if fields.has_stack() && matches!(other, Ending::Returned(_)) {
                local.with_stack(|stack| stack.note_stack_below(identity.parent_id));
            }
        }
    }
    if provider.sees_ends() && !let_look(local, identity, provider, fields) {
        return;
    }
    hand_over(local, identity, site, fields, end);
}

/// Lets processors look at a span that ends, and takes out what must not leave. Says whether the span is handed over.
#[cold]
#[inline(never)]
fn let_look(local: &Local, identity: &Identity, provider: &'static Provider, fields: &mut Fields) -> bool {
    let Some(site) = identity.site else { return true };
    if let Some(hooks) = hooks::of(provider) {
        let mut span = EndingSpan { identity, provider, site, fields, is_dropped: false };
        hooks.on_ending(&mut span);
        if span.is_dropped {
            fields.clear();
            local.with_stack(|stack| stack.writer().counters().started.decrement());
            return false;
        }
    }
    if !provider.redacted.is_empty() {
        redact::redact(fields, site, &provider.redacted);
    }
    true
}

/// Ends the current frame, if it is the span in question and has no dynamic fields. Says whether it was.
#[inline(always)]
pub(crate) fn end_without_fields(stack: &mut Stack, span_id: u64, place: usize) -> bool {
    let Some((frame, sources)) = stack.top_at_and_sources(place) else { return false };
    let identity = &frame.identity;
    if identity.span_id.to_u64() != span_id || !frame.fields.encoded.is_empty() || !frame.needs_no_care() {
        return false;
    }
    let is_done = if frame.mode == Mode::Recording {
        let Some(site) = identity.site else { return false };
        let end = sources.ticker.ticks();
        sources.writer.push_head(|| raw_head(identity, site, end, identity.bits, Filled::default()))
    } else {
        frame.mode == Mode::Unsampled && !frame.foreign.is_used()
    };
    if is_done {
        stack.drop_top();
    }
    is_done
}

/// The same for one with dynamic fields to which only its end is to be added.
#[inline(always)]
pub(crate) fn end_with_fields(stack: &mut Stack, span_id: u64, place: usize) -> bool {
    let Some((frame, sources)) = stack.top_at_and_sources(place) else { return false };
    let is_done = frame.identity.span_id.to_u64() == span_id && hand_over_sealed(frame, sources);
    if is_done {
        stack.drop_top();
    }
    is_done
}

/// Hands a span over to whose fields only its end is to be added. Says whether it was one.
#[inline(always)]
fn hand_over_sealed(frame: &mut Frame, sources: &mut Sources) -> bool {
    if !frame.needs_no_care() {
        return false;
    }
    if frame.mode != Mode::Recording {
        return frame.mode == Mode::Unsampled && !frame.foreign.is_used();
    }
    let Frame { identity, fields, .. } = frame;
    let Some(site) = identity.site else { return false };
    let end = sources.ticker.ticks();
    sources.writer.push(&fields.encoded, raw_head(identity, site, end, identity.bits, Filled::of(fields)));
    fields.clear();
    true
}

/// The same for fields that were behind a handle.
#[inline]
pub(crate) fn hand_over_shared(stack: &mut Stack, identity: &Identity, fields: &mut Fields) -> bool {
    let Some(site) = identity.site.filter(|_| !identity.has_extras() && fields.is_sealed()) else { return false };
    let sources = stack.sources();
    let end = sources.ticker.ticks();
    sources.writer.push(&fields.encoded, raw_head(identity, site, end, identity.bits, Filled::of(fields)));
    true
}

fn hand_over(local: &Local, identity: &Identity, site: &'static Site, fields: &mut Fields, end: End) {
    if fields.seal(identity.trace_state.as_str()) {
        warn_dropped(site);
    }
    let bits = fields.kind().map_or(identity.bits, |kind| identity.bits.with_kind(kind));
    let bits = bits.with_own_name(fields.name().is_some()).with_error(fields.is_error()).with_unix_end(end.is_unix);
    let head = raw_head(identity, site, end.time, bits, Filled::of(fields));
    local.with_stack(|stack| stack.writer().push(&fields.encoded, head));
}

/// When a span ended: in ticks, or in Unix nanoseconds where somebody said so.
#[derive(Clone, Copy)]
struct End {
    time: u64,
    is_unix: bool,
}

/// What a header says of the dynamic fields.
#[derive(Clone, Copy, Default)]
struct Filled {
    masked: u32,
    bytes: u32,
}

impl Filled {
    fn of(fields: &Fields) -> Self {
        Self { masked: fields.masked, bytes: fields.encoded.len() as u32 }
    }
}

#[inline(always)]
fn raw_head(identity: &Identity, site: &Site, end: u64, bits: Bits, filled: Filled) -> RawHead {
    RawHead {
        trace_id: identity.trace_id,
        span_id: identity.span_id,
        parent_id: identity.parent_id,
        start: identity.start,
        end,
        offset: identity.offset,
        site: site.index(),
        masked: filled.masked,
        dynamic_bytes: filled.bytes,
        bits,
    }
}

/// One message for a span that lost something, and one for a call site: enough to find it, not a flood.
#[cold]
fn warn_dropped(site: &Site) {
    let place = site.place();
    crate::process::diagnostics::warn_once(&format!("limits {}:{}:{}", place.file, place.line, site.name), || {
        let Site { name, .. } = site;
        format!(
            "a span `{name}` ({}:{}) lost attributes, events or links at a limit; what was dropped is counted in the \
             exported span. Raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, _EVENT_COUNT_LIMIT or _LINK_COUNT_LIMIT if you \
             need it",
            place.file, place.line
        )
    });
}
