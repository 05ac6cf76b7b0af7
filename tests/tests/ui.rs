//! Mistakes: one a file, named after it; the message stands under the mistaken word and names the way out.
//!
//! The expected messages change with the compiler; they are those of the toolchain that the project is built with.
//! `TRYBUILD=overwrite cargo test -p traced-tests --test ui` writes them anew.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn no_mistakes() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
