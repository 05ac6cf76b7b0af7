//! Mistakes: one a file, named after it; the message stands under the mistaken word and names the way out.
//!
//! The expected messages change with the compiler; they are those of the toolchain that the project is built with.
//! `TRYBUILD=overwrite cargo test -p traced-messages-tests` writes them anew. Programs without a mistake are in
//! `ui/pass`; the tests of the corpus compile and run them.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}
