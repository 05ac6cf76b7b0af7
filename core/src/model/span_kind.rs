//! The kind of a span.

use std::fmt;

/// How a span relates to its remote peers.
///
/// Follows the OpenTelemetry trace API, "SpanKind".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum SpanKind {
    /// An operation inside the application.
    #[default]
    Internal,
    /// The handling of a request that a remote client waits for.
    Server,
    /// A request to a remote server, waited for.
    Client,
    /// The sending of a message that is handled later.
    Producer,
    /// The handling of a message.
    Consumer,
}

/// The lower-case name.
impl fmt::Display for SpanKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl SpanKind {
    /// The lower-case name, as `#[traced(kind = ..)]` takes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }

    /// The number that OTLP uses.
    #[doc(hidden)]
    #[must_use]
    pub const fn to_otlp(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Server => 2,
            Self::Client => 3,
            Self::Producer => 4,
            Self::Consumer => 5,
        }
    }

    /// From the number that OTLP uses; unknown numbers are `Internal`, as the protocol says of 0.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_otlp(number: u64) -> Self {
        match number {
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Internal,
        }
    }
}
