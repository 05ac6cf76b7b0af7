//! What an OTLP receiver answers.

use super::proto::{Fields, response};

/// `ExportTracePartialSuccess`: the request was accepted, some spans were not, or there is a warning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartialSuccess {
    /// How many spans the receiver refused.
    pub rejected_spans: u64,
    /// What it says.
    pub message: String,
}

impl PartialSuccess {
    /// Reads an `ExportTraceServiceResponse`; `None` for full success, which is also what malformed bytes read as.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let message = Fields::new(body).find(|field| field.number == response::PARTIAL_SUCCESS.number())?;
        let mut partial = Self { rejected_spans: 0, message: String::new() };
        for field in Fields::new(message.content.as_bytes()) {
            if field.number == response::REJECTED_SPANS.number() {
                // A signed number; a negative one makes no sense.
                partial.rejected_spans = u64::try_from(field.content.as_u64().cast_signed()).unwrap_or(0);
            } else if field.number == response::ERROR_MESSAGE.number() {
                partial.message = String::from_utf8_lossy(field.content.as_bytes()).into_owned();
            }
        }
        (partial.rejected_spans > 0 || !partial.message.is_empty()).then_some(partial)
    }
}

/// The message of a `google.rpc.Status`, with which receivers explain a refusal.
pub fn status_message(body: &[u8]) -> Option<&str> {
    let field = Fields::new(body).find(|field| field.number == response::STATUS_MESSAGE.number())?;
    Some(field.content.as_str()).filter(|message| !message.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_success() {
        let partial = |rejected_spans, message: &str| Some(PartialSuccess { rejected_spans, message: message.into() });
        assert_eq!(PartialSuccess::parse(b"\x0a\x07\x08\x03\x12\x03why"), partial(3, "why"));
        assert_eq!(PartialSuccess::parse(b"\x0a\x05\x12\x03why"), partial(0, "why"));
        for nothing in [&b""[..], b"\x0a\x00", b"\x0a\x02\x08\x00", b"<html>", b"\xff\xff"] {
            assert_eq!(PartialSuccess::parse(nothing), None);
        }
        let negative = b"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert_eq!(PartialSuccess::parse(negative), None);
    }

    #[test]
    fn status() {
        assert_eq!(status_message(b"\x08\x03\x12\x03why"), Some("why"));
        assert_eq!(status_message(b"not protobuf"), None);
    }
}
