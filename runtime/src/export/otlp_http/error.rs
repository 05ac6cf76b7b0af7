//! What is wrong with the settings.

use std::fmt;

/// A setting of the exporter cannot be used. Says which, and the way out; never a header's value or a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtlpHttpError {
    pub(super) reason: String,
    pub(super) setting: Setting,
}

/// What an [`OtlpHttpError`] is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Setting {
    Endpoint,
    Headers,
    Other,
}

impl OtlpHttpError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), setting: Setting::Other }
    }

    /// What it is about.
    pub(crate) const fn setting(&self) -> Setting {
        self.setting
    }
}

impl fmt::Display for OtlpHttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for OtlpHttpError {}
