//! A span of `tracing` for each annotated function: `Span::current()`, `.instrument(..)` and the fields in log lines of other
//! layers go on working.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing_core::callsite::{self, Callsite, Identifier};
use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::field::{self, FieldSet};
use tracing_core::span::{Attributes, Id};
use tracing_core::{Field, Interest, Kind, Level, Metadata};

use super::recorded::Recorded;
use traced_core::__runtime::diagnostics::warn_once;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::mirror::{self, Mirror, Original};
use traced_core::__runtime::mirror_span::MirrorSpan;
use traced_core::__runtime::per_process;
use traced_core::__runtime::site::{Place, Site};
use traced_core::{KeyValue, Span, Value};

/// As many as `tracing`'s macros allow.
const MOST_FIELDS: usize = 32;

/// How many sets of fields a call site may have: those of branches, not those of keys that are made up at run time.
const MOST_SHAPES: usize = 16;

thread_local! {
    /// What the span that is being made stands for, on its way to the layer.
    static MADE: Cell<Option<Recorded>> = const { Cell::new(None) };
    /// The span that is being entered or left with ours; 0 is none.
    static MOVED: Cell<u64> = const { Cell::new(0) };
}

/// Spans that start are mirrored from here on, on threads whose subscriber wants them.
pub(super) fn install(is_wanted: fn(&Dispatch) -> bool) {
    mirror::install(TracingMirror { is_wanted });
}

/// What the span stands for that `tracing` has just made, if it is a mirror.
pub(super) fn take_made() -> Option<Recorded> {
    MADE.take()
}

/// Whether a span is entered or left since ours is.
pub(super) fn is_moved_along(id: &Id) -> bool {
    MOVED.get() == id.into_u64()
}

struct TracingMirror {
    /// Whether a subscriber has such a layer.
    is_wanted: fn(&Dispatch) -> bool,
}

impl Mirror for TracingMirror {
    fn is_wanted(&self) -> bool {
        dispatcher::get_default(self.is_wanted)
    }

    fn start(&self, original: Original) -> Option<Arc<dyn MirrorSpan>> {
        let Original { site, handle, context, mut attributes } = original;
        attributes.truncate(MOST_FIELDS);
        let metadata = shape(site, &attributes).metadata();
        let mut made = Some(Recorded::Mirror { span: Span::from(handle).downgrade(), context });
        let span = dispatcher::get_default(|dispatch| {
            dispatch.enabled(metadata).then(|| {
                MADE.set(made.take());
                let id = with_values(metadata, &attributes, |values| dispatch.new_span(values));
                // A filter may have kept it from the layer.
                drop(take_made());
                TracingSpan { dispatch: dispatch.clone(), id }
            })
        });
        Some(Arc::new(span?))
    }
}

/// A span of `tracing`.
struct TracingSpan {
    dispatch: Dispatch,
    id: Id,
}

impl TracingSpan {
    fn moved(&self, act: impl FnOnce(&Dispatch, &Id)) {
        let before = MOVED.replace(self.id.into_u64());
        act(&self.dispatch, &self.id);
        MOVED.set(before);
    }
}

impl MirrorSpan for TracingSpan {
    fn enter(&self) {
        self.moved(Dispatch::enter);
    }

    fn exit(&self) {
        self.moved(Dispatch::exit);
    }
}

impl Drop for TracingSpan {
    fn drop(&mut self) {
        self.dispatch.try_close(self.id.clone());
    }
}

fn with_values<R>(
    metadata: &'static Metadata<'static>,
    attributes: &[KeyValue],
    use_them: impl FnOnce(&Attributes<'_>) -> R,
) -> R {
    let fields: Vec<Field> = metadata.fields().iter().collect();
    let values: Vec<_> = fields.iter().map(|field| value_of(field, attributes)).collect();
    let Some(first) = fields.first() else {
        return use_them(&Attributes::new(metadata, &metadata.fields().value_set::<[_; 0]>(&[])));
    };
    // Those of `None` are skipped.
    let mut pairs: [(&Field, Option<&dyn field::Value>); MOST_FIELDS] = [(first, None); MOST_FIELDS];
    for (pair, (field, value)) in pairs.iter_mut().zip(fields.iter().zip(&values)) {
        *pair = (field, value.as_deref());
    }
    use_them(&Attributes::new(metadata, &metadata.fields().value_set(&pairs)))
}

fn value_of(field: &Field, attributes: &[KeyValue]) -> Option<Box<dyn field::Value>> {
    let attribute = attributes.iter().find(|attribute| attribute.key == field.name())?;
    Some(match attribute.value.clone() {
        Value::Bool(value) => Box::new(value),
        Value::Int(value) => Box::new(value),
        Value::Double(value) => Box::new(value),
        Value::String(value) => Box::new(String::from(value)),
        other => Box::new(field::display(other)),
    })
}

/// A call site of ours with a set of fields, as `tracing` knows it. Kept for good, as `tracing` keeps its own.
struct Shape(OnceLock<Metadata<'static>>);

impl Shape {
    fn leak(site: &Site, keys: &[&str]) -> &'static Self {
        let shape: &'static Self = Box::leak(Box::new(Self(OnceLock::new())));
        let keys: Vec<&'static str> = keys.iter().map(|key| &*String::leak((*key).to_owned())).collect();
        let fields = FieldSet::new(Vec::leak(keys), Identifier(shape));
        let (name, Place { module, file, line, .. }) = site.described();
        let (file, line) = (Some(file).filter(|file| !file.is_empty()), Some(line).filter(|line| *line > 0));
        let metadata = Metadata::new(name, module, Level::INFO, file, line, Some(module), fields, Kind::SPAN);
        shape.0.get_or_init(|| metadata);
        shape
    }

    fn metadata(&'static self) -> &'static Metadata<'static> {
        self.0.wait()
    }

    fn has(&self, keys: &[&str]) -> bool {
        self.0.wait().fields().iter().map(|field| field.name()).eq(keys.iter().copied())
    }
}

impl Callsite for Shape {
    /// Asked at each start.
    fn set_interest(&self, _interest: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.wait()
    }
}

/// By the address of the call site.
type Shapes = HashMap<usize, Vec<&'static Shape>>;

static SHAPES: PerProcess<Mutex<Option<Shapes>>> = per_process!(Mutex::new(None));

fn shape(site: &'static Site, attributes: &[KeyValue]) -> &'static Shape {
    let keys: Vec<&str> = attributes.iter().map(|attribute| &*attribute.key).collect();
    let mut known = SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
    let shapes = known.get_or_insert_default().entry(std::ptr::from_ref(site).addr()).or_default();
    if let Some(shape) = shapes.iter().find(|shape| shape.has(&keys)) {
        return shape;
    }
    if let Some(last) = shapes.get(MOST_SHAPES - 1) {
        let last = *last;
        drop(known);
        warn_once(&format!("mirror {site}"), || {
            format!("{site} has ever other attributes: `tracing` sees those that the {MOST_SHAPES}th of its sets has")
        });
        return last;
    }
    let shape = Shape::leak(site, &keys);
    shapes.push(shape);
    drop(known);
    // Here, where nothing is locked: layers are told.
    callsite::register(shape);
    shape
}
