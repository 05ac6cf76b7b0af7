//! Tests on spans, beside each other: each sees what its own code recorded, whatever the others do at that moment.
//!
//! ```text
//! cargo test --example tests_on_spans
//! ```
//!
//! Nothing is initialised, nothing is shared, and `#[test]` is the only attribute. `cargo run` records one order.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]
#![cfg_attr(not(test), allow(dead_code, reason = "the tests call more of it than the program"))]

use traced::{Context, Span, traced};

#[traced(attrs(order.id = id))]
fn order(id: u32) -> Result<u32, String> {
    let cents = id * 100;
    pay(id, cents)?;
    traced::event!("order.paid", order.cents = cents);
    Ok(cents)
}

#[traced(kind = client, attrs(order.id = id, order.cents = cents))]
fn pay(id: u32, cents: u32) -> Result<(), String> {
    if id == 0 { Err("nobody ordered it".to_owned()) } else { deliver(id, cents) }
}

#[traced(attrs(order.id = id))]
fn deliver(id: u32, cents: u32) -> Result<(), String> {
    Span::current().set_attribute("order.is_large", cents > 1_000);
    Ok(())
}

#[traced]
async fn orders(ids: &[u32]) -> usize {
    ids.iter().filter(|id| order(**id).is_ok()).count()
}

/// Half of the orders on a thread of its own, which the context is carried into.
#[traced]
fn on_two_threads(ids: &[u32]) {
    let (here, there) = ids.split_at(ids.len() / 2);
    let each = |ids: &[u32]| ids.iter().for_each(|id| _ = order(*id));
    std::thread::scope(|scope| {
        scope.spawn(Context::current().wrap(move || each(there)));
        each(here);
    });
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    println!("{} cents", order(7)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{on_two_threads, order, orders};
    use traced::testing::{Capture, capture, capture_async};
    use traced::{Status, assert_tree};

    #[test]
    fn an_order_is_one_trace() {
        let spans = capture(|| order(7));
        assert_eq!(spans.result, Ok(700));
        assert_tree!(
            spans,
            "
            order order.id=7
              · order.paid order.cents=700
              pay [client] order.id=7 order.cents=700
                deliver order.id=7 order.is_large=false
            "
        );
    }

    #[test]
    fn a_refused_payment_marks_what_it_leaves() {
        let spans = capture(|| order(0));
        let pay = spans.one("pay");
        assert_eq!(pay.status(), Status::error("nobody ordered it"));
        assert!(pay.event("exception").is_some() && spans.one("order").status().is_error());
        assert_eq!(spans.all("deliver").count(), 0);
    }

    #[tokio::test]
    async fn futures_are_captured_too() {
        let spans = capture_async(orders(&[1, 0, 2])).await;
        assert_eq!(spans.result, 2);
        assert!(spans.all("order").all(|order| spans.parent_of(order).unwrap().name() == "orders"));
    }

    #[test]
    fn threads_that_the_context_is_carried_into_are_captured_too() {
        let spans = capture(|| on_two_threads(&[1, 2, 3, 4]));
        assert_eq!(
            spans.all("order").filter(|order| spans.parent_of(order).unwrap().name() == "on_two_threads").count(),
            4
        );
    }

    /// Captures of several threads that overlap in time: none sees a span of another.
    #[test]
    fn captures_at_the_same_moment_see_their_own_spans_only() {
        const TESTS: u32 = 8;
        let all_are_open = std::sync::Barrier::new(TESTS as usize);
        let test = |id: u32| {
            let spans = capture(|| {
                all_are_open.wait();
                let cents = order(id).unwrap();
                all_are_open.wait();
                cents
            });
            assert_eq!((spans.result, spans.len()), (id * 100, 3));
            assert!(spans.iter().all(|span| span.attribute("order.id").unwrap() == i64::from(id)));
        };
        std::thread::scope(|scope| (1..=TESTS).for_each(|id| _ = scope.spawn(move || test(id))));
    }

    #[test]
    fn a_capture_may_have_settings() {
        let capture = Capture::builder().redact(["order.cents"]).start();
        let (result, spans) = capture.run(|| order(20));
        assert_eq!(result, Ok(2_000));
        assert_eq!(spans.one("pay").attribute("order.cents").unwrap(), "[redacted]");
        assert_eq!(spans.one("deliver").attribute("order.is_large").unwrap(), true);
    }
}
