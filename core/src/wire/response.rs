//! What an OTLP receiver answers.

use super::proto::{Fields, response};

/// `ExportTracePartialSuccess`: the request was accepted, some spans were not, or there is a warning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartialSuccess {
    /// How many spans the receiver refused.
    pub rejected_spans: u64,
    /// The receiver's message.
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

/// The delay that a `google.rpc.Status` asks for in a `google.rpc.RetryInfo`.
pub fn retry_delay(status: &[u8]) -> Option<std::time::Duration> {
    let field = |bytes, tag: super::proto::Tag| Fields::new(bytes).find(|field| field.number == tag.number());
    let info =
        Fields::new(status).filter(|detail| detail.number == response::STATUS_DETAIL.number()).find(|detail| {
            let name = field(detail.content.as_bytes(), response::ANY_TYPE);
            name.is_some_and(|name| name.content.as_str().ends_with("google.rpc.RetryInfo"))
        })?;
    let value = field(info.content.as_bytes(), response::ANY_VALUE)?;
    let delay = field(value.content.as_bytes(), response::RETRY_DELAY)?;
    let number = |tag| field(delay.content.as_bytes(), tag).map_or(0, |field| field.content.as_u64().cast_signed());
    let seconds = u64::try_from(number(response::SECONDS)).ok()?;
    let nanos = u32::try_from(number(response::NANOS)).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(std::time::Duration::new(seconds, nanos))
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
    fn delays_of_retry_info() {
        let status = |type_name: &str, value: &[u8]| {
            let mut any = vec![0x0a, type_name.len() as u8];
            any.extend_from_slice(type_name.as_bytes());
            any.extend([0x12, value.len() as u8]);
            any.extend_from_slice(value);
            [&[0x08, 0x0e, 0x1a, any.len() as u8][..], &any].concat()
        };
        let retry_info = "type.googleapis.com/google.rpc.RetryInfo";
        let delay = |seconds, nanos| Some(std::time::Duration::new(seconds, nanos));
        assert_eq!(retry_delay(&status(retry_info, b"\x0a\x04\x08\x07\x10\x09")), delay(7, 9));
        assert_eq!(retry_delay(&status(retry_info, b"\x0a\x02\x08\x07")), delay(7, 0));
        assert_eq!(retry_delay(&status(retry_info, b"\x0a\x00")), delay(0, 0));
        let negative = b"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        for nothing in [
            status(retry_info, negative),
            status(retry_info, b""),
            status("google.rpc.Help", b"\x0a\x02\x08\x07"),
            vec![0xff],
            vec![],
        ] {
            assert_eq!(retry_delay(&nothing), None);
        }
    }

    #[test]
    fn status() {
        assert_eq!(status_message(b"\x08\x03\x12\x03why"), Some("why"));
        assert_eq!(status_message(b"not protobuf"), None);
    }
}
