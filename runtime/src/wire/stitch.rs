//! stub
use crate::site::Site;

/// The encoded static fields of a call site.
#[derive(Debug)]
pub(crate) struct EncodedSite {
    attributes: Vec<Box<[u8]>>,
}

impl EncodedSite {
    pub(crate) fn new(_site: &Site) -> Self {
        Self { attributes: Vec::new() }
    }

    /// Each attribute as a whole field.
    pub(crate) fn attributes(&self) -> &[Box<[u8]>] {
        &self.attributes
    }
}
