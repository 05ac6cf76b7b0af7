//! How bodies are compressed.

/// The `Content-Encoding` of requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    Identity,
    #[cfg(feature = "gzip")]
    Gzip,
}

impl Encoding {
    /// The value of the header, if it is sent.
    pub(super) const fn header(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            #[cfg(feature = "gzip")]
            Self::Gzip => Some("gzip"),
        }
    }

    /// The compressed body; `None` when the request is sent as it is.
    pub(super) fn compress<'a>(self, chunks: impl Iterator<Item = &'a [u8]>) -> std::io::Result<Option<Vec<u8>>> {
        match self {
            Self::Identity => {
                drop(chunks);
                Ok(None)
            }
            #[cfg(feature = "gzip")]
            Self::Gzip => gzip(chunks).map(Some),
        }
    }
}

#[cfg(feature = "gzip")]
fn gzip<'a>(mut chunks: impl Iterator<Item = &'a [u8]>) -> std::io::Result<Vec<u8>> {
    use std::io::Write as _;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    chunks.try_for_each(|chunk| encoder.write_all(chunk))?;
    encoder.finish()
}
