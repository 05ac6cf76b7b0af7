//! How much the library says about itself.

/// How much the library says about itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[non_exhaustive]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Errors, of which there are none so far that are not returned.
    Error,
    /// Warnings: what does not work as configured, and what is lost.
    Warn,
    /// As much as [`Warn`](Self::Warn), since there is nothing else to say in a program that works; the default.
    #[default]
    Info,
    /// Also what `init` understood of its configuration.
    Debug,
}
