//! Status codes of gRPC.

/// The words, by their number.
const WORDS: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The status of a call, by its number on the wire.
///
/// ```
/// use traced_conventions::rpc::Status;
/// let status = Status::from_header("5");
/// assert_eq!(status.word(), "NOT_FOUND");
/// assert!(status.is_client_error() && !status.is_server_error());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Status(u8);

impl Status {
    /// The call went well.
    pub const OK: Self = Self(0);
    /// The call was given up.
    pub const CANCELLED: Self = Self(1);
    /// Nobody said how it ended.
    pub const UNKNOWN: Self = Self(2);
    /// The server does not have the method.
    pub const UNIMPLEMENTED: Self = Self(12);

    /// By its number; one that gRPC does not have is [`UNKNOWN`](Self::UNKNOWN).
    #[must_use]
    pub const fn from_code(code: i64) -> Self {
        if code >= 0 && (code as usize) < WORDS.len() { Self(code as u8) } else { Self::UNKNOWN }
    }

    /// By the header or trailer `grpc-status`.
    #[must_use]
    pub fn from_header(value: &str) -> Self {
        value.parse().map_or(Self::UNKNOWN, Self::from_code)
    }

    /// By the HTTP status of an answer that has no status of gRPC's, as a proxy sends it.
    ///
    /// Follows gRPC's "HTTP to gRPC Status Code Mapping".
    #[must_use]
    pub const fn from_http(status: u16) -> Self {
        Self(match status {
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 | 502..=504 => 14,
            _ => 2,
        })
    }

    /// The word, as in `NOT_FOUND`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        WORDS[self.0 as usize]
    }

    /// Whether a client's span with it is an error: all but `OK`.
    #[must_use]
    pub const fn is_client_error(self) -> bool {
        self.0 != 0
    }

    /// Whether a server's span with it is an error: only what is the server's own fault.
    #[must_use]
    pub const fn is_server_error(self) -> bool {
        matches!(self.0, 2 | 4 | 12 | 13 | 14 | 15)
    }
}
