//! The seam for spans of another library that stand for ours there: one for each span of an annotated function or block,
//! entered and left with it, so that code which asks the other library what is current gets an answer.
//!
//! Where nothing is installed this costs nothing: frames have no mirror, and call sites never take the way that asks. Where
//! it is, they are in a state of their own (`state::ASKING`), as for [`super::foreign`], which enters and leaves mirrors.

use std::sync::{Arc, OnceLock};

use super::foreign;
use super::frame::{ForeignUsage, Frame, Handle, Mode};
use super::mirror_span::MirrorSpan;
use super::storage::quietly_caught;
use crate::model::value::KeyValue;
use crate::tracer::context::Context;
use crate::wire::attributes::Attributes;
use crate::wire::site::Site;

/// Another library whose spans stand for ours.
pub trait Mirror: Send + Sync + 'static {
    /// Whether somebody on this thread wants them now.
    fn is_wanted(&self) -> bool;

    /// Starts the span that stands for one of ours.
    fn start(&self, original: Original) -> Option<Arc<dyn MirrorSpan>>;
}

/// A span that has just started and is on no stack yet.
pub struct Original {
    /// The call site.
    pub site: &'static Site,
    /// A handle; to a context, if the span does not record.
    pub handle: Handle,
    /// The context of its children, which does not keep it open.
    pub context: Context,
    /// What it starts with, but for `code.*` and what must not leave.
    pub attributes: Vec<KeyValue>,
}

static INSTALLED: OnceLock<Box<dyn Mirror>> = OnceLock::new();

/// From here on spans that start are mirrored. The first call wins.
pub fn install(mirror: impl Mirror) {
    INSTALLED.get_or_init(|| Box::new(mirror));
    foreign::ask();
}

/// Whether spans that are not sampled are to have attributes, too: log lines are not sampled.
pub(crate) fn is_wanted() -> bool {
    INSTALLED.get().is_some_and(|mirror| mirror.is_wanted())
}

/// Whether starts are to be shown.
#[inline]
pub(crate) fn is_installed() -> bool {
    INSTALLED.get().is_some()
}

/// After a start, before the frame is on any stack.
pub(crate) fn started(mut frame: Box<Frame>) -> Box<Frame> {
    if let Some(mirror) = INSTALLED.get() {
        start(&**mirror, &mut frame);
    }
    frame
}

#[cold]
fn start(mirror: &dyn Mirror, frame: &mut Frame) {
    let Some(site) = frame.identity.site.filter(|_| matches!(frame.mode, Mode::Recording | Mode::Unsampled)) else {
        return;
    };
    if mirror.is_wanted() {
        let attributes = attributes(frame, site);
        let context = frame.context();
        let original = Original { site, handle: Handle::of(frame), context, attributes };
        // Nothing that its layers do becomes a span of ours, which would be mirrored in turn.
        let started = quietly_caught(|| mirror.start(original)).flatten();
        if let Some((shared, mirrored)) = frame.shared.as_ref().zip(started.as_ref()) {
            shared.set_mirror(Arc::clone(mirrored));
        }
        if started.is_some() {
            frame.foreign.usage = ForeignUsage::Prepared;
        }
        frame.foreign.mirror = started;
    }
    if frame.mode == Mode::Unsampled {
        frame.fields.clear();
    }
}

fn attributes(frame: &Frame, site: &Site) -> Vec<KeyValue> {
    let fields = &frame.fields;
    let redacted = frame.identity.provider.map_or(&[][..], |provider| &provider.redacted);
    let is_shown = |key: &str| !key.starts_with("code.") && redacted.iter().all(|redacted| redacted != key);
    let fixed = site.static_attributes().into_iter().enumerate();
    let fixed = fixed.filter(|(place, _)| fields.masked >> place & 1 == 0);
    let fixed = fixed.map(|(_, (key, value))| KeyValue { key: key.into(), value });
    let dynamic = Attributes::of_span_fields(&fields.encoded).map(|attribute| attribute.to_owned());
    fixed.chain(dynamic).filter(|attribute| is_shown(&attribute.key)).collect()
}
