//! Tests of the edges, in `tests/`.
