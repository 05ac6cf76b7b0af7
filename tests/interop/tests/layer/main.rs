//! `tracing` in the same trace, and the trace's ids in log lines.

mod glob_import;
mod lines;
mod tracing_layer;
mod tracing_logs;
mod tracing_mirror;
