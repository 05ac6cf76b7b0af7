//! Many spans, many threads, and nobody who takes them. Apart from the other tests, whose deadlines are short.

mod bounds;
mod conservation;
mod memory_bound;
mod stress;
