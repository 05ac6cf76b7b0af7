//! Nothing of its own: the tests of other libraries' spans and events stand here, apart from the others, since those
//! libraries take long to build.
#![forbid(unsafe_code)]
