//! What OpenTelemetry's semantic conventions say, as code.
//!
//! - [`attribute`]: the names, as constants;
//! - [`db`] and [`messaging`]: spans of databases and brokers around any driver's future;
//! - [`metric`]: how long all of it takes;
//! - [`sql`]: the summary of a query, and its text without literals;
//! - [`url`], [`forwarded`], [`method`](mod@method), [`rpc`], [`correlation`]: what servers and clients of HTTP and gRPC need.
//!
//! Version 1.44.0 of the conventions. HTTP and databases are stable there; what it calls a release candidate (RPC) or
//! in development (messaging, Redis, SQLite) may change here with a minor version.
#![forbid(unsafe_code)]

pub mod attribute;
#[cfg(feature = "testing")]
pub mod check;
pub mod correlation;
pub mod db;
pub mod forwarded;
pub mod messaging;
pub mod method;
pub mod metric;
pub mod rpc;
pub mod sites;
pub mod sql;
pub mod url;

/// The schema URL of every scope whose spans follow these conventions.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";

/// The text that takes the place of a secret.
pub const REDACTED: &str = "REDACTED";
