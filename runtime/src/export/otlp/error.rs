//! What is wrong with the settings of an exporter of OTLP.

use std::fmt;

/// A setting of an exporter of OTLP cannot be used. Says which, and the way out; never a header's value or a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtlpError {
    reason: String,
    setting: Setting,
}

/// What an [`OtlpError`] is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Setting {
    Endpoint,
    Headers,
    Other,
}

impl OtlpError {
    pub(crate) fn of(setting: Setting, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), setting }
    }

    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self::of(Setting::Other, reason)
    }

    pub(crate) fn about_endpoint(reason: impl Into<String>) -> Self {
        Self::of(Setting::Endpoint, reason)
    }

    /// What it is about.
    pub(crate) const fn setting(&self) -> Setting {
        self.setting
    }
}

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for OtlpError {}
