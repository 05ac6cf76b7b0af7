//! What the compiler says of annotated code.

mod corpus;
mod off;
mod pass;
