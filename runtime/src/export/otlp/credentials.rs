//! Who may look at a request before it is sent, and has credentials for it.

use std::fmt;
use std::sync::Arc;

use ureq::http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::export::ExportError;

/// A request that is about to be sent, for those who sign it or have credentials for it.
#[derive(Debug)]
pub struct OutgoingRequest<'a> {
    url: &'a Uri,
    chunks: &'a [&'a [u8]],
}

impl OutgoingRequest<'_> {
    /// The whole URL to which it goes; that of the method over gRPC.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// The body as it is sent, in pieces that follow each other. Over gRPC the message, before compression and framing.
    pub fn body(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().copied()
    }
}

type Ask = dyn Fn(&OutgoingRequest<'_>) -> Result<Vec<(String, String)>, String> + Send + Sync;

/// Who has further header fields for each request.
#[derive(Clone)]
pub(crate) struct Credentials(Arc<Ask>);

impl Credentials {
    pub(crate) fn new(
        ask: impl Fn(&OutgoingRequest<'_>) -> Result<Vec<(String, String)>, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(ask))
    }

    /// Puts the fields for one request in place of those of the same name. Values are never shown.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap, url: &Uri, chunks: &[&[u8]]) -> Result<(), ExportError> {
        let fields = (self.0)(&OutgoingRequest { url, chunks });
        let fields =
            fields.map_err(|reason| ExportError::later(format!("there are no credentials for a request: {reason}")))?;
        for (name, value) in fields {
            let bad = |what| ExportError::later(format!("{what} of the header {name:?} of credentials cannot be sent"));
            let (name, value) = header(&name, &value).map_err(bad)?;
            headers.insert(name, value);
        }
        Ok(())
    }
}

/// A header field, whose value is kept out of log lines.
///
/// # Errors
///
/// Which half of it cannot be sent.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name = name.parse::<HeaderName>().map_err(|_| "the name")?;
    let mut value = HeaderValue::from_str(value).map_err(|_| "the value")?;
    value.set_sensitive(true);
    Ok((name, value))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
