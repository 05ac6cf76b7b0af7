//! The shape corpus: functions of every shape, compiled bare and annotated, and the diagnostics compared.
//!
//! A shape is a source file in `tests/corpus/shapes`. Where the attribute goes it has a marker: `#[shape]` on a
//! function, `#[shape_impl]` on an `impl` or `trait`; `#[shape_without_ret]` where there is no result to record.
//! [`Shape::render`] writes the source for one [`Mode`], leaving every other token at its line, so that diagnostics of
//! two modes can be compared by place.
//!
//! Lines that start with `//@` direct the test:
//!
//! - `editions: 2024` - only for these editions
//! - `modes: plain ret` - only in these modes
//! - `crate: no_std` - an attribute of the crate (implies `solo`)
//! - `solo` - compiled as a crate of its own
//! - `fires: lint ..` - the bare code has these diagnostics, and the annotated code keeps them
//! - `error: word` - can't be spanned: exactly one error for each marker, containing the word
//! - `also: E0658 ..` - further errors of these numbers may stand in the annotated code
//! - `hides: E0507 ..` - errors of these numbers may be missing there, because of the others
//! - `bare-errors` - the bare code has errors of its own
//! - `//@ annotated` at the end of a line - the line is not in the bare code
//! - `reworded` - the errors may read differently, and point at the tokens around the user's mistake

#![forbid(unsafe_code)]

pub mod compare;
pub mod compiler;
pub mod diagnostic;
pub mod shape;
pub mod table;

pub use compare::{Difference, MAY_BE_LOST, compare};
pub use compiler::{Compiler, Job};
pub use diagnostic::Diagnostic;
pub use shape::{Edition, Mode, Shape};
pub use table::Table;
