//! Brings `traced` with the feature `off`, and the crates that the shapes of the corpus use, into one build.
#![forbid(unsafe_code)]

const _: () = assert!(!traced::ENABLED, "this build must have the feature `off`");
