//! The kind of a span.

use std::fmt;

/// How a span relates to its remote peers.
///
/// Follows the OpenTelemetry trace API, "SpanKind".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
#[non_exhaustive]
pub enum SpanKind {
    /// An operation inside the application.
    #[default]
    Internal = 1,
    /// The handling of a request that a remote client waits for.
    Server = 2,
    /// A request to a remote server, waited for.
    Client = 3,
    /// The sending of a message that is handled later.
    Producer = 4,
    /// The handling of a message.
    Consumer = 5,
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

    /// From the number that OTLP uses; unknown numbers are `Internal`, as the protocol says of 0.
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
