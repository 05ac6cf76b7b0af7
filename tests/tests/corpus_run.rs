//! Annotated functions do what bare ones do, in the same order, inside their spans.
//!
//! Compiled in both editions: by this package, and by `tests/corpus/edition_2021`.

#![allow(
    clippy::all,
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    clippy::redundant_closure_for_method_calls,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "the cases are as odd as functions can be"
)]
// A hundred layers need it bare as well.
#![recursion_limit = "1024"]
#![allow(clippy::duplicate_mod, reason = "bare and annotated are the same sources")]

#[path = "../corpus/run/annotated.rs"]
mod annotated;
#[path = "../corpus/run/bare.rs"]
mod bare;
#[path = "../corpus/run/log.rs"]
mod log;

use log::{Case, Entry};
use traced::testing::Capture;
use traced::view::{StatusView, ValueView};
use traced::{FinishedSpan, Span, SpanId};

/// One run of a case.
struct Run {
    result: String,
    log: Vec<Entry>,
    root: SpanId,
    spans: Vec<FinishedSpan>,
}

fn run(case: &Case) -> Run {
    let _ = log::take();
    let ((result, root), spans) = Capture::new().run(|| {
        let root = Span::start("root");
        let id = root.span_context().span_id();
        let attached = root.attach();
        let result = (case.run)();
        drop(attached);
        root.end();
        (result, id)
    });
    Run { result, log: log::take(), root, spans: spans.into() }
}

/// Runs every case and collects what is wrong with it.
fn check(name: &str, complain: fn(&Case, &Run, &Run) -> Vec<String>) {
    let bare = bare::cases::all();
    let annotated = annotated::cases::all();
    assert_eq!(bare.len(), annotated.len());
    let mut complaints = Vec::new();
    for (bare, annotated) in bare.iter().zip(&annotated) {
        let found = complain(bare, &run(bare), &run(annotated));
        complaints.extend(found.into_iter().map(|complaint| format!("{}: {complaint}", bare.name)));
    }
    assert!(complaints.is_empty(), "{name}: {} of {} cases\n{}", complaints.len(), bare.len(), complaints.join("\n"));
}

#[test]
fn the_same_things_happen_in_the_same_order() {
    check("order", |_, bare, annotated| {
        let events = |run: &Run| run.log.iter().map(|entry| entry.what.clone()).collect::<Vec<_>>();
        let mut complaints = Vec::new();
        if bare.result != annotated.result {
            complaints.push(format!("result {} instead of {}", annotated.result, bare.result));
        }
        if events(bare) != events(annotated) {
            complaints.push(format!("\n  {:?}\n instead of\n  {:?}", events(annotated), events(bare)));
        }
        complaints
    });
}

#[test]
fn bodies_run_once_inside_their_span_and_leave_it_when_they_wait() {
    check("inside", |case, _, annotated| {
        let mut complaints = Vec::new();
        let own = span_of(case, annotated);
        for entry in &annotated.log {
            let name = name_of(annotated, entry.span);
            if entry.what.starts_with("body") && Some(entry.span) != own {
                complaints.push(format!("`{}` runs in {name}", entry.what));
            }
            if ["waits", "given up", "not polled"].contains(&entry.what.as_str()) && entry.span != annotated.root {
                complaints.push(format!("`{}`, and {name} is still current", entry.what));
            }
        }
        complaints
    });
}

#[test]
fn spans_have_their_name_parent_attribute_and_outcome() {
    check("spans", |case, bare, annotated| {
        let mut complaints = Vec::new();
        if bare.spans.len() != 1 {
            complaints.push(format!("the bare run has {} spans", bare.spans.len()));
        }
        let spans: Vec<_> =
            annotated.spans.iter().map(FinishedSpan::view).filter(|span| span.name() == case.name).collect();
        if spans.len() != expected_spans(case) {
            complaints.push(format!("{} spans", spans.len()));
        }
        let Some(span) = spans.last() else { return complaints };
        if span.parent_span_id() != Some(annotated.root) {
            complaints.push(format!("its parent is {:?}", span.parent_span_id()));
        }
        let n = if case.name == "boxed_match_other_arm" { 8 } else { 7 };
        if !matches!(span.attributes().get("n"), Some(ValueView::Int(value)) if value == n) {
            complaints.push(format!("n is {:?}", span.attributes().get("n")));
        }
        let failed = annotated.result.starts_with("Err(") || case.name.ends_with("_panic");
        let failed = failed && case.name != "sync_track_caller";
        if matches!(span.status(), StatusView::Error { .. }) != failed {
            complaints.push(format!("status {:?} for {}", span.status(), annotated.result));
        }
        complaints
    });
}

#[test]
fn inner_spans_are_children_of_outer_ones() {
    for (outer, inner) in [("sync_outer", "sync_inner"), ("async_outer", "async_inner")] {
        let cases = annotated::cases::all();
        let case = cases.iter().find(|case| case.name == outer).expect("the case");
        let done = run(case);
        let inner = done.spans.iter().find(|span| span.view().name() == inner).expect("the inner span");
        assert_eq!(inner.view().parent_span_id(), span_of(case, &done));
        let inside = done.log.iter().find(|entry| entry.what == "inside").expect("the inner body");
        assert_eq!(Some(inside.span), Some(inner.view().span_id()));
    }
}

#[test]
fn futures_grow_by_a_span_and_a_copy_of_their_arguments_at_most() {
    println!("{:16}{:>8}{:>11}{:>8}{:>10}", "future", "bare", "annotated", "bound", "arguments");
    let mut complaints = Vec::new();
    for (bare, annotated) in bare::cases::sizes::all().iter().zip(annotated::cases::sizes::all()) {
        let bound = bare.bytes + bare.layers * (40 + bare.arguments);
        println!("{:16}{:>8}{:>11}{bound:>8}{:>10}", bare.name, bare.bytes, annotated.bytes, bare.arguments);
        if annotated.bytes > bound {
            complaints.push(format!("{}: {} bytes, at most {bound} are due", bare.name, annotated.bytes));
        }
        let traits = |size: &log::Size| {
            [("Send", size.is_send), ("UnwindSafe", size.is_unwind_safe), ("RefUnwindSafe", size.is_ref_unwind_safe)]
        };
        for ((name, bare_has), (_, annotated_has)) in traits(&bare).into_iter().zip(traits(&annotated)) {
            if bare_has != annotated_has {
                complaints.push(format!("{}: {name} is {annotated_has} instead of {bare_has}", bare.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_hundred_layers_fit_on_the_stack_of_a_thread() {
    on_a_thread(|| {
        let (layers, spans) = Capture::new().run(annotated::cases::sizes::hundred_layers);
        assert_eq!((layers, spans.len()), (bare::cases::sizes::hundred_layers(), 101));
    });
}

#[test]
fn deep_recursion_fits_on_the_stack_of_a_thread() {
    on_a_thread(|| {
        let (depth, spans) = Capture::new().run(|| annotated::cases::sizes::recursion(1_000));
        assert_eq!((depth, spans.len()), (bare::cases::sizes::recursion(1_000), 1_001));
    });
}

/// Runs the work on a thread with a small stack; without optimisation, with what a program's first thread has.
///
/// A hundred layers of the bare code need 512 KiB and 16 KiB.
fn on_a_thread(work: fn()) {
    let size = if cfg!(debug_assertions) { 8 * 1024 * 1024 } else { 256 * 1024 };
    let thread = std::thread::Builder::new().stack_size(size).spawn(work).expect("a thread");
    assert!(thread.join().is_ok());
}

/// How many spans of its name a case makes: an `async fn` that is never polled starts none.
fn expected_spans(case: &Case) -> usize {
    match case.name {
        "async_never_polled" => 0,
        "async_recursive" => 4,
        _ => 1,
    }
}

/// The span of a case, the last of its name to end.
fn span_of(case: &Case, run: &Run) -> Option<SpanId> {
    run.spans.iter().map(FinishedSpan::view).rfind(|span| span.name() == case.name).map(|span| span.span_id())
}

fn name_of(run: &Run, id: SpanId) -> String {
    let found = run.spans.iter().find(|span| span.view().span_id() == id);
    found.map_or_else(|| String::from("no span"), |span| format!("`{}`", span.view().name()))
}
