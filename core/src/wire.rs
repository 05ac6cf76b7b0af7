//! The only module that knows OTLP's field numbers.
//!
//! On the thread, the dynamic fields of a span (attributes, events, links, status, trace state) are appended to a
//! buffer already in OTLP encoding ([`fields`]). A finished span is a [`record`]: a fixed header and those bytes.
//! The exporter thread adds what all spans of a call site share and writes requests ([`stitch`]); everybody else
//! reads records through borrowed views ([`view`]).

pub mod attributes;
pub mod encode;
mod encoded_site;
pub(crate) mod fields;
pub(crate) mod finished;
pub mod halves;
mod key_set;
pub(crate) mod metric;
pub(crate) mod owned;
pub(crate) mod proto;
pub mod record;
pub(crate) mod redact;
pub mod response;
pub mod site;
pub mod stitch;
pub(crate) mod value;
pub mod view;
