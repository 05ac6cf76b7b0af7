//! OTLP over gRPC, by tonic, without a runtime of the program's: the exporter's thread drives the connection itself.
//!
//! Follows the OTLP exporter specification and the OTLP specification, "OTLP/gRPC".

mod builder;
mod client;
mod codec;
mod connect;
mod exporter;
mod tls;

pub use self::builder::OtlpGrpcExporterBuilder;
pub use self::exporter::OtlpGrpcExporter;
