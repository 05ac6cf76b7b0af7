//! Span limits. Follows the OpenTelemetry common specification, "Attribute Limits", and the trace SDK, "Span Limits".

/// Setters of a value that may gain fields, which a struct literal would not allow.
macro_rules! with {
    ($($(#[$doc:meta])* $setter:ident: $field:ident, $type:ty;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $setter(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
    )*};
}

/// How much one span may hold. What is over a limit is dropped and counted in the exported span.
///
/// ```
/// use traced::SpanLimits;
/// let limits = SpanLimits::default().with_attribute_value_length(Some(256)).with_events(16);
/// assert_eq!((limits.attribute_value_length, limits.events, limits.attributes), (Some(256), 16, 128));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SpanLimits {
    /// Attributes of a span. 128 by default. A new attribute over the limit is dropped; overwriting still works.
    pub attributes: u32,
    /// Events of a span. 128 by default.
    pub events: u32,
    /// Links of a span. 128 by default.
    pub links: u32,
    /// Attributes of an event. 128 by default.
    pub event_attributes: u32,
    /// Attributes of a link. 128 by default.
    pub link_attributes: u32,
    /// Characters of a text value, bytes of a byte value. No limit by default.
    pub attribute_value_length: Option<u32>,
    /// How deep arrays and maps may nest; deeper ones become empty. 64 by default.
    pub attribute_value_depth: u32,
}

impl Default for SpanLimits {
    fn default() -> Self {
        Self {
            attributes: 128,
            events: 128,
            links: 128,
            event_attributes: 128,
            link_attributes: 128,
            attribute_value_length: None,
            attribute_value_depth: 64,
        }
    }
}

impl SpanLimits {
    with! {
        /// These, with so many attributes of a span.
        with_attributes: attributes, u32;
        /// These, with so many events of a span.
        with_events: events, u32;
        /// These, with so many links of a span.
        with_links: links, u32;
        /// These, with so many attributes of an event.
        with_event_attributes: event_attributes, u32;
        /// These, with so many attributes of a link.
        with_link_attributes: link_attributes, u32;
        /// These, with values of so many characters or bytes, or of any length.
        with_attribute_value_length: attribute_value_length, Option<u32>;
        /// These, with arrays and maps that nest so deep.
        with_attribute_value_depth: attribute_value_depth, u32;
    }

    /// Whether they may cut what call sites give every span: at most 32 attributes, which a mask can name.
    pub(crate) const fn reach_sites(&self) -> bool {
        self.attributes < u32::BITS || self.attribute_value_length.is_some()
    }

    /// The limits of one value.
    #[inline]
    pub(crate) fn value(&self) -> ValueLimits {
        ValueLimits {
            length: self.attribute_value_length.map_or(usize::MAX, |length| length as usize),
            depth: self.attribute_value_depth,
        }
    }
}

/// The limits of one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueLimits {
    /// In characters of text and bytes of byte arrays; `usize::MAX` is none.
    pub(crate) length: usize,
    /// Arrays and maps that may still open inside this value.
    pub(crate) depth: u32,
}

impl ValueLimits {
    /// No limits, for resources.
    pub(crate) const NONE: Self = Self { length: usize::MAX, depth: 64 };

    /// The longest start of `text` that is within the limit.
    #[inline]
    pub(crate) fn cut(self, text: &str) -> &str {
        if text.len() <= self.length {
            return text;
        }
        text.char_indices().nth(self.length).map_or(text, |(end, _)| &text[..end])
    }

    pub(crate) fn one_deeper(self) -> Option<Self> {
        self.depth.checked_sub(1).map(|depth| Self { depth, ..self })
    }
}
