//! Errors in one word.

use std::borrow::Cow;
use std::fmt::{Debug, Display};

use async_nats::error::Error;

/// The driver's word for the kind, as `NoResponders`; never the text of what it was caused by.
pub(crate) fn error_type<K: Clone + Debug + Display + PartialEq>(error: &Error<K>) -> Cow<'static, str> {
    match format!("{:?}", error.kind()) {
        late if late == "TimedOut" => "timeout".into(),
        kind => kind.into(),
    }
}
