//! A capture of spans where the feature `off` is compiled in: a sentence instead of a test that finds no span.

use std::panic::{AssertUnwindSafe, catch_unwind};
use traced::testing::{Capture, capture, capture_async};

fn sentence(capture: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(capture)).expect_err("nothing can be captured");
    *panic.downcast().expect("a formatted message")
}

#[test]
fn a_capture_says_who_may_have_switched_it_off_and_what_to_do() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let body_ran = std::cell::Cell::new(false);
    let said = [
        sentence(|| _ = capture(|| body_ran.set(true))),
        sentence(|| _ = runtime.block_on(capture_async(async { body_ran.set(true) }))),
        sentence(|| _ = Capture::new()),
    ];
    for said in said {
        for part in [
            "the feature `off` of `traced` is compiled in",
            "Some package of this build asks for it, and Cargo unifies features over a build",
            "`cargo tree -e features -i traced` shows which",
            "run the tests without it, or for each package by itself (`cargo test -p`)",
        ] {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
    }
    assert!(!body_ran.get(), "it says so before it runs anything");
}

/// The command of the sentence shows the package that asks for the feature: here, this one.
#[test]
fn the_command_shows_the_package() {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    let tree = cargo.args(["tree", "--offline", "-e", "features", "-i", "traced"]).output().unwrap();
    let shown = String::from_utf8_lossy(&tree.stdout);
    let after = shown.split_once("traced feature \"off\"").expect("the feature").1;
    assert!(after.lines().nth(1).unwrap().contains("traced-off v"), "{shown}");
}
