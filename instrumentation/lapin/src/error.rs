//! Errors in one word.

use std::borrow::Cow;

use lapin::{Error, ErrorKind};

/// The broker's code where it said one; never its text, which has names and values in it.
pub(crate) fn error_type(error: &Error) -> Cow<'static, str> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => error.get_id().to_string().into(),
        ErrorKind::IOError(_) => "io".into(),
        ErrorKind::MissingHeartbeatError => "timeout".into(),
        ErrorKind::InvalidChannel(_) | ErrorKind::InvalidChannelState(..) => "channel_closed".into(),
        ErrorKind::InvalidConnectionState(_) => "connection_closed".into(),
        _ => "lapin::Error".into(),
    }
}
