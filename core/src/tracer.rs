//! Who decides about spans before they exist.

pub mod context;
pub(crate) mod filter;
pub mod id_generator;
pub(crate) mod open_roots;
pub mod provider;
pub mod registry;
pub(crate) mod sampler;
pub mod scopes;
