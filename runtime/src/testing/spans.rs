//! What a capture saw.

use std::fmt;
use std::ops::{Deref, DerefMut};

use traced_core::FinishedSpan;

/// The spans of a capture, in the order of their ends, and what the captured code returned.
///
/// A list of [`FinishedSpan`]s, by `Deref`; [`one`](Self::one) and [`all`](Self::all) find spans by name.
///
/// ```
/// use traced::{testing, traced};
///
/// #[traced(attrs(order.id = id))]
/// fn checkout(id: u64) -> Result<(), String> {
///     if id == 0 { Err("no order".to_owned()) } else { Ok(()) }
/// }
///
/// let spans = testing::capture(|| checkout(7));
/// assert!(spans.result.is_ok());
/// let span = spans.one("checkout");
/// assert_eq!(span.attribute("order.id").unwrap(), 7);
/// assert!(!span.status().is_error());
/// ```
#[derive(Clone)]
pub struct Spans<R = ()> {
    /// The value that the captured code returned.
    pub result: R,
    spans: Vec<FinishedSpan>,
}

impl<R> Spans<R> {
    pub(super) const fn new(result: R, spans: Vec<FinishedSpan>) -> Self {
        Self { result, spans }
    }

    /// The span of this name.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one; the message lists what there is.
    #[must_use]
    #[track_caller]
    pub fn one(&self, name: &str) -> &FinishedSpan {
        let mut found = self.all(name);
        match (found.next(), found.count()) {
            (Some(span), 0) => span,
            (first, more) => {
                let count = more + usize::from(first.is_some());
                panic!("{count} spans are named `{name}`, not one, among {:?}", self.names())
            }
        }
    }

    /// The spans of this name.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a FinishedSpan> + use<'a, 'n, R> {
        self.spans.iter().filter(move |span| span.name() == name)
    }

    /// The names, in the order of the spans' ends.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.spans.iter().map(FinishedSpan::name).collect()
    }

    /// The parent of a span, if it is among these.
    #[must_use]
    pub fn parent_of(&self, span: &FinishedSpan) -> Option<&FinishedSpan> {
        let parent = span.view().parent_span_id()?;
        self.spans.iter().find(|span| span.view().span_id() == parent)
    }
}

impl<R> Deref for Spans<R> {
    type Target = Vec<FinishedSpan>;

    fn deref(&self) -> &Self::Target {
        &self.spans
    }
}

impl<R> DerefMut for Spans<R> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.spans
    }
}

impl<R> IntoIterator for Spans<R> {
    type Item = FinishedSpan;
    type IntoIter = std::vec::IntoIter<FinishedSpan>;

    fn into_iter(self) -> Self::IntoIter {
        self.spans.into_iter()
    }
}

impl<'a, R> IntoIterator for &'a Spans<R> {
    type Item = &'a FinishedSpan;
    type IntoIter = std::slice::Iter<'a, FinishedSpan>;

    fn into_iter(self) -> Self::IntoIter {
        self.spans.iter()
    }
}

impl<R> From<Spans<R>> for Vec<FinishedSpan> {
    fn from(spans: Spans<R>) -> Self {
        spans.spans
    }
}

impl<R> fmt::Debug for Spans<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spans.fmt(f)
    }
}
