//! Nothing of its own: the tests are those of `traced-tests`, compiled in edition 2021.
#![forbid(unsafe_code)]
