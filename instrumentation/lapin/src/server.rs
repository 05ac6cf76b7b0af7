//! The broker's address.

use std::sync::Arc;

use traced_conventions::messaging::Operation;

/// Address and port, as the program has said them.
pub(crate) type Server = Option<(Arc<str>, Option<u16>)>;

pub(crate) fn with<'a>(operation: Operation<'a>, server: &'a Server) -> Operation<'a> {
    match server {
        Some((address, port)) => operation.server(&**address, *port),
        None => operation,
    }
}
