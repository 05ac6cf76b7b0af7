//! Errors in one word.

use std::borrow::Cow;

use rdkafka::error::KafkaError;

/// Kafka's code in the driver's word for it, as `MessageTimedOut`; never the text, which may have names in it.
pub(crate) fn error_type(error: &KafkaError) -> Cow<'static, str> {
    match error.rdkafka_error_code() {
        Some(code) => format!("{code:?}").into(),
        None => std::any::type_name::<KafkaError>().into(),
    }
}
