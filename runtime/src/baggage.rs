//! W3C baggage.

/// Key-value pairs of the application that travel with a request. Immutable; changes make a new one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Baggage {}
