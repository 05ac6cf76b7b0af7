//! OTLP over HTTP, in protobuf: the default exporter.
//!
//! Follows the OTLP exporter specification and the OTLP specification, "OTLP/HTTP".

mod builder;
mod client;
mod encoding;
mod endpoint;
mod error;
mod exporter;
mod proxy;
mod request;
mod resolve;
mod tls;

pub use self::builder::OtlpHttpExporterBuilder;
pub use self::error::OtlpHttpError;
pub(crate) use self::error::Setting;
pub use self::exporter::OtlpHttpExporter;
pub use self::request::OtlpHttpRequest;
