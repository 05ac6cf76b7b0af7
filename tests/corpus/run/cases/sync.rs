//! Functions that return plain values.

use super::traced;
use crate::log::{Guard, note, unwind, unwinds};
use std::panic::Location;

cases! {
    sync_unit => sync_unit(7, Guard("a"), Guard("b"));
    sync_value => sync_value(7);
    sync_tail_temporary => sync_tail_temporary(7, Guard("a"));
    sync_block_temporary => sync_block_temporary(7, Guard("a"));
    sync_match_temporary => sync_match_temporary(7, Guard("a"));
    sync_if_let_temporary => sync_if_let_temporary(7, Guard("a"));
    sync_ok => sync_ok(7, Guard("a"));
    sync_err => sync_err(7, Guard("a"));
    sync_early_return => sync_early_return(7, Guard("a"));
    sync_question_mark => sync_question_mark(7, Guard("a"));
    sync_partly_moved => sync_partly_moved(7, Guard("a"), Guard("b"), Guard("c"));
    sync_unmentioned => sync_unmentioned(7, Guard("a"), Guard("b"));
    sync_last_first => sync_last_first(7, Guard("a"), Guard("b"), Guard("c"));
    sync_underscore => sync_underscore(7, Guard("a"), Guard("b"), Guard("c"));
    sync_pattern => sync_pattern(7, (Guard("a"), Guard("b")), Guard("c"));
    sync_partial_pattern => sync_partial_pattern(7, (Guard("a"), Guard("b"), Guard("c")));
    sync_mut => sync_mut(7, Guard("a"), Guard("b"));
    sync_returns_argument => sync_returns_argument(7, Guard("a"), Guard("b"));
    sync_reference => sync_reference(7, &mut vec![1, 2]);
    sync_generic => sync_generic(7, Guard("a"), |guard: &Guard| guard.value());
    sync_panic => unwinds(|| sync_panic(7, Guard("a"), Guard("b")));
    sync_outer => sync_outer(7, Guard("a"));
    sync_track_caller => sync_track_caller(7, Guard("a"));
    sync_boxed_error => sync_boxed_error(7, Guard("a")).map_err(|error| error.to_string());
    sync_option => sync_option(7, Guard("a"));
    sync_closure => sync_closure(7, Guard("a"))(2);
    sync_iterator => sync_iterator(7, Guard("a")).collect::<Vec<_>>();
    sync_labels => sync_labels(7, Guard("a"));
    sync_locals => sync_locals(7, Guard("a"));
}

#[traced(attrs(n))]
fn sync_unit(n: u32, a: Guard, b: Guard) {
    note("body");
    let _ = (n, a.value(), b.value());
}

#[traced(attrs(n))]
fn sync_value(n: u32) -> u32 {
    note("body");
    Guard("first").value() + Guard("second").value() + n
}

#[traced(attrs(n))]
fn sync_tail_temporary(n: u32, a: Guard) -> usize {
    let local = Guard("local");
    note("body");
    let _ = (n, a.value());
    Guard("temporary").name().len() + local.name().len()
}

#[traced(attrs(n))]
fn sync_block_temporary(n: u32, a: Guard) -> u32 {
    note("body");
    let inner = {
        let _local = Guard("local");
        Guard("temporary").value() + a.value()
    };
    note("between");
    inner + n
}

#[traced(attrs(n))]
fn sync_match_temporary(n: u32, a: Guard) -> u32 {
    note("body");
    let _local = Guard("local");
    match Guard("scrutinee").name() {
        "scrutinee" => {
            note("arm");
            a.value() + n
        }
        _ => 0,
    }
}

#[traced(attrs(n))]
fn sync_if_let_temporary(n: u32, a: Guard) -> u32 {
    note("body");
    if let "other" = Guard("scrutinee").name() {
        a.value()
    } else {
        note("else");
        n
    }
}

#[traced(attrs(n))]
fn sync_ok(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    Ok(n + a.value())
}

#[traced(attrs(n))]
fn sync_err(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    Err(format!("{n} {}", a.value()))
}

#[traced(attrs(n))]
fn sync_early_return(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    let _local = Guard("local");
    if n == 7 {
        return Err(String::from("early"));
    }
    Ok(a.value())
}

#[traced(attrs(n))]
fn sync_question_mark(n: u32, a: Guard) -> Result<u32, std::num::ParseIntError> {
    note("body");
    let _local = Guard("local");
    let parsed: u32 = a.name().parse()?;
    Ok(parsed + n)
}

#[traced(attrs(n))]
fn sync_partly_moved(n: u32, a: Guard, b: Guard, c: Guard) -> u32 {
    note("body");
    drop(b);
    n + c.value() + a.value()
}

#[traced(attrs(n))]
fn sync_unmentioned(n: u32, a: Guard, b: Guard) -> Result<u32, ()> {
    note("body");
    let _ = n;
    let _ = &b;
    Ok(a.value())
}

#[traced(attrs(n))]
fn sync_last_first(n: u32, a: Guard, b: Guard, c: Guard) -> Result<u32, ()> {
    note("body");
    c.value();
    b.value();
    Ok(a.value() + n)
}

#[traced(attrs(n))]
fn sync_underscore(n: u32, _: Guard, _named: Guard, last: Guard) -> Result<u32, ()> {
    note("body");
    Ok(n + last.value())
}

#[traced(attrs(n))]
fn sync_pattern(n: u32, (first, second): (Guard, Guard), third: Guard) -> Result<u32, ()> {
    note("body");
    Ok(n + second.value() + first.value() + third.value())
}

#[traced(attrs(n))]
fn sync_partial_pattern(n: u32, (first, ..): (Guard, Guard, Guard)) -> Result<u32, ()> {
    note("body");
    Ok(n + first.value())
}

#[traced(attrs(n))]
fn sync_mut(n: u32, mut a: Guard, b: Guard) -> Result<u32, ()> {
    note("body");
    a.value();
    a = b;
    note("assigned");
    Ok(n + a.value())
}

#[traced(attrs(n))]
fn sync_returns_argument(n: u32, a: Guard, b: Guard) -> Result<Guard, Guard> {
    note("body");
    let _ = a.value();
    if n == 7 { Err(b) } else { Ok(a) }
}

#[traced(attrs(n))]
fn sync_reference(n: u32, values: &mut Vec<u32>) -> Result<&mut u32, String> {
    note("body");
    values.push(n);
    values.last_mut().ok_or_else(String::new)
}

#[traced(attrs(n))]
fn sync_generic<T: std::fmt::Debug, F: FnOnce(&T) -> u32>(n: u32, value: T, f: F) -> Option<u32> {
    note("body");
    Some(f(&value) + n)
}

#[traced(attrs(n))]
fn sync_panic(n: u32, a: Guard, b: Guard) {
    note("body");
    let _local = Guard("local");
    let _ = (n, b.value());
    unwind();
    a.value();
}

#[traced(attrs(n))]
fn sync_outer(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    let inner = sync_inner(n, Guard("inner"));
    note("body again");
    Ok(a.value() + inner)
}

#[traced]
fn sync_inner(n: u32, a: Guard) -> u32 {
    note("inside");
    n + a.value()
}

#[track_caller]
#[traced(attrs(n))]
fn sync_track_caller(n: u32, a: Guard) -> Result<u32, u32> {
    note("body");
    Ok(Location::caller().line() + n + a.value())
}

#[traced(attrs(n))]
fn sync_boxed_error(n: u32, a: Guard) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    note("body");
    let wrong: u32 = a.name().parse()?;
    Ok(wrong + n)
}

#[traced(attrs(n))]
fn sync_option(n: u32, a: Guard) -> Option<u32> {
    note("body");
    let found = (n == a.value()).then_some(n)?;
    Some(found)
}

#[traced(attrs(n))]
fn sync_closure(n: u32, a: Guard) -> impl Fn(u32) -> u32 {
    note("body");
    move |value| value + n + a.value()
}

#[traced(attrs(n))]
fn sync_iterator(n: u32, a: Guard) -> impl Iterator<Item = u32> {
    note("body");
    (0..n).map(move |value| value + a.value())
}

#[traced(attrs(n))]
fn sync_labels(n: u32, a: Guard) -> Result<u32, ()> {
    note("body");
    let mut left = n;
    let found = 'outer: {
        while left > 0 {
            let _local = Guard("turn");
            left -= a.value();
            if left == 5 {
                break 'outer left;
            }
        }
        0
    };
    Ok(found)
}

#[traced(attrs(n))]
fn sync_locals(n: u32, a: Guard) -> Result<u32, ()> {
    note("body");
    let first = Guard("first");
    let second = Guard("second");
    let _ = Guard("ignored");
    let borrowed = &Guard("extended");
    Ok(first.value() + second.value() + borrowed.value() + a.value() + n)
}
