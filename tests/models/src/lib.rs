//! The parts of `traced` in which threads meet without locks, under checkers.
//!
//! The files under test name their primitives by `super::sync`, so the tests include them as they are, with the
//! checker's primitives in that place. With weaker ones in that place, the checker must find a fault: that shows that it
//! looks.
#![forbid(unsafe_code)]
