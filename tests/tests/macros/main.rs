//! What the attribute makes of a function.

mod container_errors;
mod macro_arguments;
mod macro_basics;
mod macro_containers;
mod macro_futures;

use traced::view::StatusView;
use traced::{assert_tree, testing::Spans};

/// That there is one span, of a function that panicked with a message that starts like this.
#[track_caller]
fn assert_panicked(spans: &Spans, name: &str, message: &str) {
    let StatusView::Error(said) = spans.one(name).view().status() else { panic!("no error: {spans:?}") };
    assert!(said.starts_with(message), "{said}");
    let event = "  · exception exception.type=panic exception.message=*";
    assert_tree!(spans, &format!("{name} error.type=panic ✗ {said}\n{event}"));
}
