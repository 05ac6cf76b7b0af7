//! What is left of `traced` with the feature `off`: functions that run, and calls that do nothing.

use std::cell::Cell;
use traced::traced;

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

/// Counts how often it is called.
fn evaluated() -> u32 {
    EVALUATED.with(|count| count.set(count.get() + 1));
    1
}

#[traced("pay {id}", kind = client, attrs(id, cost = evaluated()), ret)]
fn pay(id: u32) -> Result<u32, String> {
    traced::attrs!(late = evaluated());
    traced::event!("paid", cost = evaluated());
    if id == 0 { Err(String::from("nobody")) } else { Ok(id) }
}

#[test]
fn functions_run_and_nothing_of_the_attribute_is_evaluated() {
    assert_eq!(pay(7), Ok(7));
    assert_eq!(pay(0), Err(String::from("nobody")));
    assert_eq!(EVALUATED.get(), 0);
}

#[test]
fn nothing_is_recorded_also_after_init() {
    let guard = traced::init().expect("there is nothing to start");
    assert_eq!(pay(7), Ok(7));
    assert_eq!(traced::stats().started, 0);
    drop(guard);
}

#[test]
fn init_says_that_it_is_compiled_out() {
    use std::sync::{Arc, Mutex};
    let said = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&said);
    traced::on_diagnostic(move |line| sink.lock().unwrap().push(line.to_owned()));
    drop(traced::init());
    let said = said.lock().unwrap();
    assert!(said.len() <= 1 && said.iter().all(|line| line.contains("feature `off`")), "once in the process: {said:?}");
}

#[derive(Debug, traced::SpanError)]
#[span_error(type = "failed")]
struct Failed;

#[test]
fn blocks_run_and_nothing_of_them_is_evaluated() {
    let before = EVALUATED.get();
    let key = "used";
    let sum = traced::span!("sum", kind = client, attrs(key, cost = evaluated()), { 1 + 2 });
    assert_eq!((sum, EVALUATED.get()), (3, before));
    let fails = || traced::span!("fails", { Err::<(), _>(Failed) });
    assert!(fails().is_err());
    drop(traced::span!("later", async move { key.len() }));
}
