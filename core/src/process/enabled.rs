//! Whether this build records.

/// Whether this build records at all: `false` under the feature `off`.
pub const ENABLED: bool = !cfg!(feature = "off");
