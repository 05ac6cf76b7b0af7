//! Correlation ids: what a caller may choose, and what must not get into logs.

use std::sync::Arc;

use traced::Context;

/// The longest id that is taken over, in bytes.
const LONGEST: usize = 128;

/// Whether an id that came from outside may be used: 1 to 128 characters of `A` to `Z`, `a` to `z`, `0` to `9`, `.`, `_`
/// and `-`. Anything else could break a line of a log or a header; take a new one, as the trace id, instead.
///
/// ```
/// use traced_conventions::correlation::is_valid;
/// assert!(is_valid("order-7.b_3"));
/// assert!(!is_valid("a\nb") && !is_valid(""));
/// ```
#[must_use]
pub fn is_valid(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(is_allowed)
}

/// The correlation id of the request that this thread works on, for logs and for requests of its own.
///
/// Lives in the [context](traced::Context), so it is where spans are: in futures and tasks that carry the context.
///
/// ```
/// use traced::Context;
/// use traced_conventions::correlation::CorrelationId;
///
/// let id = CorrelationId::new("order-7").unwrap();
/// let _guard = Context::current().with_value(id).attach();
/// assert_eq!(CorrelationId::current().as_deref(), Some("order-7"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorrelationId(Option<Arc<str>>);

impl CorrelationId {
    /// An id from outside; `None` if it is not [valid](is_valid).
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        is_valid(id).then(|| Self(Some(id.into())))
    }

    /// The trace id of wherever it is asked for.
    #[must_use]
    pub const fn of_trace() -> Self {
        Self(None)
    }

    /// The current one, if the request has one.
    #[must_use]
    pub fn current() -> Option<Arc<str>> {
        let context = Context::current();
        match &context.value::<Self>()?.0 {
            Some(id) => Some(Arc::clone(id)),
            None => {
                let trace_id = context.span_context().trace_id();
                trace_id.is_valid().then(|| trace_id.to_string().into())
            }
        }
    }
}
