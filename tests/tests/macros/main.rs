//! What the attribute makes of a function.

mod macro_arguments;
mod macro_basics;
mod macro_containers;
mod macro_futures;
