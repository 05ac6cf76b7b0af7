//! How a span starts: its parent, whether it is recorded, its ids, its first attributes.

use std::fmt;

use super::foreign;
use super::frame::{Frame, Mode, Policy};
use super::hooks;
use super::identity::Identity;
use super::measuring;
use super::mirror;
use super::stack::Stack;
use super::storage::{Local, quietly, with_local};
use crate::model::id::{SpanId, TraceFlags, TraceId};
use crate::model::limits::SpanLimits;
use crate::model::outcome::written;
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::model::status::Status;
use crate::model::value::KeyValue;
use crate::process::clock::{self, Timebase};
use crate::process::diagnostics::warn_once;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;
use crate::tracer::sampler::threshold;
use crate::tracer::sampler::{SamplingDecision, SamplingRequest, SamplingResult};
use crate::wire::attributes::Attributes;
use crate::wire::encode::{self, warn_empty_key};
use crate::wire::fields::Fields;
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;
use crate::wire::view::Links;

pub use super::start_options::{Root, SampleHint, StartOptions};

/// Records what a span starts with. The keys are unique.
pub struct Start<'a> {
    fields: &'a mut Fields,
    site: &'static Site,
    limits: &'a SpanLimits,
}

impl<'a> Start<'a> {
    #[inline]
    pub(crate) fn new(fields: &'a mut Fields, site: &'static Site, limits: &'a SpanLimits) -> Self {
        Self { fields, site, limits }
    }

    /// Records a typed attribute.
    #[inline]
    pub fn attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        if key.is_empty() {
            return warn_empty_key();
        }
        // The expansion's keys are unique among themselves; those of the call site's location it does not know.
        if key.starts_with("code.") {
            return self.set(key, value);
        }
        self.fields.unique_attribute(self.site, self.limits, key, value);
    }

    /// Records a formatted attribute.
    #[inline]
    pub fn format(&mut self, key: &str, value: fmt::Arguments<'_>) {
        quietly(|| self.attribute(key, &encode::Formatted(value)));
    }

    /// Records an attribute whose key may have been recorded already: the last value wins.
    pub fn set(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        if key.is_empty() {
            return warn_empty_key();
        }
        if value.is_present() {
            self.fields.write_attribute(self.site, self.limits, key, value);
        }
    }

    /// Gives the span another name than the call site's.
    pub fn name(&mut self, name: fmt::Arguments<'_>) {
        match name.as_str() {
            Some(name) => self.fields.set_name(name),
            None => self.fields.set_name(&quietly(|| written(&name))),
        }
    }

    /// Sets the status.
    pub fn status(&mut self, status: Status) {
        self.fields.set_status(status);
    }

    /// Links the span to another one.
    pub fn link(&mut self, context: &SpanContext, attributes: &[KeyValue]) {
        if let Some(link) = encode::useful_link(self.limits, context, attributes) {
            self.fields.link(self.limits, &link);
        }
    }
}

/// Records the first fields of a span; only called when it records, or when a sampler wants to see them.
pub(crate) type Fill<'a> = &'a mut dyn FnMut(&mut Start<'_>);

/// What a new span takes from where it starts.
struct Origin {
    parent: SpanContext,
    identity: Identity,
    mode: Mode,
    provider: Option<&'static Provider>,
    /// Where a linked root links to.
    left: Option<SpanContext>,
}

/// Starts a span by all the rules. `None` when nothing is to be pushed: there is no provider.
#[inline(never)]
pub(crate) fn start(site: &'static Site, options: StartOptions, fill: Option<Fill<'_>>) -> Option<Box<Frame>> {
    with_local(|local| {
        if local.is_formatting() {
            return pass_current_on(local);
        }
        let policy = Policy { cancel: options.cancel, panic: !options.ignores_panic };
        let explicit_start = options.start_unix_nanos;
        let (hint, kind) = (options.sample, options.kind.unwrap_or(site.kind));
        let parent_context = options.parent.clone();
        let origin = origin(local, options)?;
        let provider = origin.provider?;
        let mut frame = local.with_stack(Stack::take_frame)?;
        frame.policy = policy;
        let start = explicit_start.unwrap_or_else(clock::ticks);
        frame.identity = Identity { start, site: Some(site), provider: Some(provider), ..origin.identity };
        frame.fields.begin(site, &provider.limits);
        let Origin { parent, left, mode: parent_mode, .. } = origin;
        let has_unix_start = explicit_start.is_some();
        Starting { local, provider, site, parent: &parent, left, kind, has_unix_start, hint, parent_mode }
            .finish(&mut frame, fill)?;
        measuring::begin(&mut frame);
        if let (Mode::Recording, Some(hooks)) = (frame.mode, hooks::of(provider)) {
            hooks.on_start(&mut frame, parent_context);
        }
        Some(frame)
    })?
}

/// A frame for a span that is not started: what is said about it is not said about the one around it.
#[cold]
fn pass_current_on(local: &Local) -> Option<Box<Frame>> {
    pass_on(local.with_stack(|stack| stack.top().map(Frame::context))?)
}

/// A frame that takes a parent along where no span starts: without `init`, when disabled, or filtered out.
pub(crate) fn pass_on(parent: Option<Context>) -> Option<Box<Frame>> {
    let parent = parent.filter(|parent| parent.span_context().is_valid() && !parent.origin.is_suppressed)?;
    with_local(|local| {
        let mut frame = local.with_stack(Stack::take_frame)?;
        frame.identity = Identity::from(parent);
        frame.mode = Mode::Passing;
        Some(frame)
    })?
}

/// Looks up the parent under a short borrow.
fn origin(local: &Local, options: StartOptions) -> Option<Origin> {
    let is_explicit = options.parent.is_some();
    let top = local.with_stack(|stack| {
        let top = stack.top().filter(|top| !is_explicit || top.mode == Mode::Suppressed);
        top.map(|top| (top.identity.clone(), top.mode))
    })?;
    let (mut identity, mode) = match (top, options.parent) {
        (Some((_, Mode::Suppressed)), _) => return None,
        (_, Some(context)) if context.origin.is_suppressed => return None,
        (_, Some(context)) => (Identity::from(context), Mode::Attached),
        (top, None) => {
            let theirs = foreign::innermost(local).map(|frame| (frame.identity, frame.mode));
            theirs.or(top).unwrap_or_default()
        }
    };
    if mode == Mode::Suppressed {
        return None;
    }
    let provider = identity.provider.filter(|provider| !provider.has_ended()).or_else(|| local.default_provider());
    let here = identity.span_context();
    let caller = identity.extras.as_ref().and_then(|extras| extras.caller.clone());
    let is_root = options.root != Root::No;
    if matches!(options.root, Root::NoBaggage | Root::LinkedNoBaggage) {
        identity.extras = None;
    }
    let left = if matches!(options.root, Root::Linked | Root::LinkedNoBaggage) {
        Some(here.clone())
    } else {
        caller.filter(|_| !here.is_valid())
    };
    let parent = if is_root { SpanContext::default() } else { here };
    if identity.offset == 0 || is_root || !parent.is_valid() {
        identity.offset = Timebase::get().offset();
    }
    Some(Origin { parent, identity, mode, provider, left })
}

/// Whether an id that the program's generator made can stand for a span; one of zeros cannot, and is replaced.
fn is_usable(is_valid: bool) -> bool {
    if !is_valid {
        warn_once("id generator", || "the id generator made an id of zeros, which is replaced".to_owned());
    }
    is_valid
}

struct Starting<'a> {
    local: &'a Local,
    provider: &'static Provider,
    site: &'static Site,
    parent: &'a SpanContext,
    left: Option<SpanContext>,
    kind: SpanKind,
    has_unix_start: bool,
    /// What the function says about its own sampling.
    hint: Option<SampleHint>,
    /// What the parent is, on this thread.
    parent_mode: Mode,
}

/// The trace of a span that starts, and whether its id is random.
#[derive(Clone, Copy)]
struct ChosenTraceId {
    id: TraceId,
    is_random: bool,
}

impl Starting<'_> {
    fn finish(&self, frame: &mut Frame, mut fill: Option<Fill<'_>>) -> Option<()> {
        let trace_id = self.trace_id(frame.identity.bits.flags())?;
        let fills_first = self.hint_that_counts().is_none() && self.sampler_sees_fields();
        if fills_first {
            self.fill(frame, fill.take());
        }
        let result = self.decide(trace_id, frame);
        let is_sampled = result.decision == SamplingDecision::RecordAndSample;
        let flags = TraceFlags::NONE.with_random(trace_id.is_random).with_sampled(is_sampled);
        let identity = &mut frame.identity;
        identity.trace_id = trace_id.id;
        identity.span_id = self.span_id()?;
        identity.parent_id = self.parent.span_id();
        identity.trace_state = result.trace_state;
        identity.bits = self
            .provider
            .bits
            .of_span(flags, self.kind)
            .with_remote_parent(self.parent.is_remote())
            .with_unix_start(self.has_unix_start);
        if result.decision == SamplingDecision::Drop {
            frame.mode = Mode::Unsampled;
            if !mirror::is_wanted() {
                // The sampler may have seen attributes.
                frame.fields.clear();
            } else if !fills_first {
                self.fill(frame, fill);
            }
            self.local.with_stack(|stack| {
                stack.keep_few(frame);
                stack.writer().counters().unsampled.increment();
            });
            return Some(());
        }
        frame.mode = Mode::Recording;
        frame.fields.require_seal_if(self.provider.sees_ends());
        if !fills_first {
            self.fill(frame, fill);
        }
        self.add_late(frame, &result.attributes);
        self.local.with_stack(|stack| stack.writer().counters().started.increment());
        if let Some(roots) = self.provider.open_roots.as_ref().filter(|_| is_sampled && self.is_local_root()) {
            roots.started(trace_id.id);
        }
        Some(())
    }

    /// Whether the parent's decision is taken without asking.
    fn follows_parent(&self) -> bool {
        let follows = self.provider.sampler.as_ref().is_none_or(|sampler| sampler.follows_local_parent());
        follows && !self.is_local_root()
    }

    /// Whether it is the first of its trace here, or of a request that came back.
    fn is_local_root(&self) -> bool {
        !self.parent.is_valid() || self.parent.is_remote()
    }

    fn sampler_sees_fields(&self) -> bool {
        !self.follows_parent() && self.provider.sampler.as_ref().is_some_and(|sampler| sampler.reads_attributes())
    }

    fn decide(&self, trace_id: ChosenTraceId, frame: &Frame) -> SamplingResult {
        match self.hint_that_counts() {
            Some(hint) => threshold::by_ratio(hint.ratio, self.parent, trace_id.id),
            None if self.follows_parent() => self.keeping_state(self.as_parent()),
            None => self.ask(trace_id, frame),
        }
    }

    /// The parent's trace, or a new one; and whether its id is random.
    fn trace_id(&self, parent_flags: TraceFlags) -> Option<ChosenTraceId> {
        if self.parent.is_valid() {
            return Some(ChosenTraceId { id: self.parent.trace_id(), is_random: parent_flags.is_random() });
        }
        let given = self.provider.ids.as_ref().map(|ids| (ids.new_trace_id(), ids.trace_ids_are_random()));
        match given.filter(|(id, _)| is_usable(id.is_valid())) {
            Some((id, is_random)) => Some(ChosenTraceId { id, is_random }),
            None => self.local.with_stack(|stack| ChosenTraceId { id: stack.ids().trace_id(), is_random: true }),
        }
    }

    fn span_id(&self) -> Option<SpanId> {
        let given = self.provider.ids.as_ref().map(|ids| ids.new_span_id());
        match given.filter(|id| is_usable(id.is_valid())) {
            Some(id) => Some(id),
            None => self.local.with_stack(|stack| stack.ids().span_id()),
        }
    }

    /// What the function itself says, where it has a say: at a root, or by force.
    fn hint_that_counts(&self) -> Option<SampleHint> {
        self.hint.filter(|hint| hint.force || !self.parent.is_valid())
    }

    fn as_parent(&self) -> SamplingDecision {
        match self.parent_mode {
            _ if self.parent.is_sampled() => SamplingDecision::RecordAndSample,
            Mode::Recording | Mode::Borrowed => SamplingDecision::RecordOnly,
            Mode::Unsampled | Mode::Attached | Mode::Suppressed | Mode::Passing => SamplingDecision::Drop,
        }
    }

    fn keeping_state(&self, decision: SamplingDecision) -> SamplingResult {
        SamplingResult { decision, attributes: Vec::new(), trace_state: self.parent.trace_state().clone() }
    }

    fn ask(&self, trace_id: ChosenTraceId, frame: &Frame) -> SamplingResult {
        let Some(sampler) = &self.provider.sampler else {
            return threshold::parent_or_always(self.parent);
        };
        let fields = &frame.fields;
        // Until it is decided, the frame has the identity that the span starts in.
        let context = frame.identity.context(false);
        let sees_fields = sampler.reads_attributes();
        let (attributes, links) = if sees_fields {
            (Attributes::of_span(self.site, fields.masked, &fields.encoded), Links::of_span_fields(&fields.encoded))
        } else {
            (Attributes::EMPTY, Links::of_span_fields(&[]))
        };
        sampler.should_sample(&SamplingRequest {
            parent: self.parent,
            context: Some(&context),
            trace_id: trace_id.id,
            trace_id_is_random: trace_id.is_random,
            name: fields.name().unwrap_or(self.site.name),
            kind: self.kind,
            attributes,
            links,
        })
    }

    /// Runs the user's expressions and formatting, on a frame that is on no stack.
    fn fill(&self, frame: &mut Frame, fill: Option<Fill<'_>>) {
        let mut start = Start::new(&mut frame.fields, self.site, &self.provider.limits);
        if let Some(left) = &self.left {
            start.link(left, &[]);
        }
        if let Some(fill) = fill {
            fill(&mut start);
        }
    }

    /// What comes after the function's own attributes and may have the same keys.
    fn add_late(&self, frame: &mut Frame, sampled: &[KeyValue]) {
        if sampled.is_empty() && self.provider.baggage_keys.is_empty() {
            return;
        }
        let extras = frame.identity.extras.clone();
        let mut start = Start::new(&mut frame.fields, self.site, &self.provider.limits);
        for KeyValue { key, value } in sampled {
            start.set(key, value);
        }
        let baggage = extras.as_ref().map(|extras| &extras.baggage);
        for key in &self.provider.baggage_keys {
            if let Some(value) = baggage.and_then(|baggage| baggage.get(key)) {
                start.set(key, value);
            }
        }
    }
}
