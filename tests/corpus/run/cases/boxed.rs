//! Functions that return boxed futures.

use super::traced;
use crate::log::{Guard, block_on, never_poll, note, pause, poll_once};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, LocalBoxFuture};
use std::future::Future;
use std::pin::Pin;

cases! {
    boxed_tail => block_on(boxed_tail(7, Guard("a"), Guard("b")));
    boxed_bound => block_on(boxed_bound(7, Guard("a")));
    boxed_early_return => block_on(boxed_early_return(7, Guard("a")));
    boxed_late_return => block_on(boxed_late_return(7, Guard("a")));
    boxed_match_arm => block_on(boxed_match_arm(7, Guard("a")));
    boxed_match_other_arm => block_on(boxed_match_other_arm(8, Guard("a")));
    boxed_delegated => block_on(boxed_delegated(7, Guard("a")));
    boxed_err => block_on(boxed_err(7, Guard("a")));
    boxed_alias => block_on(boxed_alias(7, Guard("a")));
    boxed_by_method => block_on(boxed_by_method(7, Guard("a")));
    boxed_bound_by_method => block_on(boxed_bound_by_method(7, &Guard("a")));
    boxed_local => block_on(boxed_local(7, std::rc::Rc::new(Guard("a"))));
    boxed_statement => boxed_statement(7, Guard("a"));
    boxed_cancelled => poll_once(boxed_cancelled(7, Guard("a"), Guard("b")));
    boxed_never_polled => never_poll(boxed_never_polled(7, Guard("a"), Guard("b")));
    boxed_pair => block_on(boxed_pair(7, Guard("a")).0);
    boxed_not_pinned => block_on(Box::into_pin(boxed_not_pinned(7, Guard("a"), Guard("b"))));
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[traced(attrs(n))]
fn boxed_tail(n: u32, a: Guard, b: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        note("body");
        pause().await;
        n + b.value() + a.value()
    })
}

#[traced(attrs(n))]
fn boxed_bound(n: u32, a: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    note("body: the call");
    let future = async move {
        note("body");
        pause().await;
        n + a.value()
    };
    Box::pin(future)
}

#[traced(attrs(n))]
fn boxed_early_return(n: u32, a: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    let _local = Guard("local");
    if n == 7 {
        return Box::pin(async move {
            note("body");
            pause().await;
            0
        });
    }
    Box::pin(async move { a.value() })
}

#[traced(attrs(n))]
fn boxed_late_return(n: u32, a: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    note("body: the call");
    if n == 8 {
        return Box::pin(std::future::ready(0));
    }
    let text = a.name().to_owned();
    Box::pin(async move {
        note("body");
        pause().await;
        n + text.len() as u32
    })
}

#[traced(attrs(n))]
fn boxed_match_arm(n: u32, a: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    match n {
        7 => Box::pin(async move {
            note("body");
            pause().await;
            a.value()
        }),
        other => Box::pin(std::future::ready(other)),
    }
}

#[traced(attrs(n))]
fn boxed_match_other_arm(n: u32, a: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    match n {
        7 => Box::pin(std::future::ready(0)),
        other => {
            note("body");
            let value = a.value();
            Box::pin(async move {
                note("body again");
                other + value
            })
        }
    }
}

#[traced(attrs(n))]
fn boxed_delegated(n: u32, a: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    delegate(n, a)
}

fn delegate(n: u32, a: Guard) -> Boxed<u32> {
    note("body: the call");
    Box::pin(async move {
        note("body");
        pause().await;
        n + a.value()
    })
}

#[traced(attrs(n))]
fn boxed_err(n: u32, a: Guard) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send>> {
    Box::pin(async move {
        note("body");
        pause().await;
        Err(format!("{n} {}", a.value()))
    })
}

#[traced(attrs(n))]
fn boxed_alias(n: u32, a: Guard) -> BoxFuture<'static, u32> {
    Box::pin(async move {
        note("body");
        pause().await;
        n + a.value()
    })
}

#[traced(attrs(n))]
fn boxed_by_method(n: u32, a: Guard) -> BoxFuture<'static, Result<u32, String>> {
    async move {
        note("body");
        pause().await;
        if n == 7 { Err(format!("{n} {}", a.value())) } else { Ok(n) }
    }
    .boxed()
}

#[traced(attrs(n))]
fn boxed_bound_by_method(n: u32, a: &Guard) -> BoxFuture<'_, u32> {
    let future = async move {
        note("body");
        pause().await;
        n + a.value()
    };
    future.boxed()
}

#[traced(attrs(n))]
fn boxed_local(n: u32, a: std::rc::Rc<Guard>) -> LocalBoxFuture<'static, u32> {
    async move {
        note("body");
        pause().await;
        n + a.value()
    }
    .boxed_local()
}

#[traced(attrs(n))]
fn boxed_statement(n: u32, a: Guard) {
    note("body");
    let _future = Box::pin(async move { n + a.value() });
}

#[traced(attrs(n))]
fn boxed_cancelled(n: u32, a: Guard, b: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move {
        note("body");
        let _local = Guard("local");
        pause().await;
        n + a.value() + b.value()
    })
}

#[traced(attrs(n))]
fn boxed_never_polled(n: u32, a: Guard, b: Guard) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    note("body: the call");
    Box::pin(async move { n + a.value() + b.value() })
}

#[traced(attrs(n))]
fn boxed_pair(n: u32, a: Guard) -> (Pin<Box<dyn Future<Output = u32>>>, u32) {
    note("body");
    (Box::pin(async move { n + a.value() }), n)
}

#[traced(attrs(n))]
fn boxed_not_pinned(n: u32, a: Guard, b: Guard) -> Box<dyn Future<Output = Result<u32, String>>> {
    note("body: the call");
    Box::new(async move {
        note("body");
        pause().await;
        Ok(n + b.value() + a.value())
    })
}
