//! Who decides about spans before they exist.

pub(crate) mod context;
pub(crate) mod filter;
pub(crate) mod id_generator;
pub(crate) mod provider;
pub(crate) mod registry;
pub(crate) mod sampler;
pub(crate) mod scopes;
