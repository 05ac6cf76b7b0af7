//! OTLP over HTTP, in protobuf: the default exporter.
//!
//! Follows the OTLP exporter specification and the OTLP specification, "OTLP/HTTP".

mod builder;
mod client;
mod encoding;
mod endpoint;
mod exporter;
mod format;
mod resolve;
mod tls;

pub use self::builder::OtlpHttpExporterBuilder;
pub use self::exporter::OtlpHttpExporter;
