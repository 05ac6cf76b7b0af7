//! Methods, of `async_trait` traits too.

use super::traced;
use crate::log::{Guard, block_on, note, pause};
use async_trait::async_trait;

cases! {
    method_by_value => Holder(Guard("self")).method_by_value(7, Guard("a"));
    method_by_reference => Holder(Guard("self")).method_by_reference(7, Guard("a")).map(str::to_owned);
    method_async => block_on(Holder(Guard("self")).method_async(7, Guard("a")));
    trait_default => Holder(Guard("self")).trait_default(7, Guard("a"));
    trait_async => block_on(Holder(Guard("self")).trait_async(7, Guard("a")));
    async_trait_plain => block_on(Holder(Guard("self")).async_trait_plain(7, Guard("a"), Guard("b")));
    async_trait_early_return => block_on(Holder(Guard("self")).async_trait_early_return(7, Guard("a")));
    async_trait_default => block_on(Holder(Guard("self")).async_trait_default(7, Guard("a")));
    async_trait_by_value => block_on(Holder(Guard("self")).async_trait_by_value(7, Guard("a")));
}

struct Holder(Guard);

impl Holder {
    #[traced(attrs(n))]
    fn method_by_value(self, n: u32, a: Guard) -> Result<u32, ()> {
        note("body");
        Ok(n + a.value() + self.0.value())
    }

    #[traced(attrs(n))]
    fn method_by_reference(&mut self, n: u32, a: Guard) -> Option<&str> {
        note("body");
        let _ = n + a.value();
        Some(self.0.name())
    }

    #[traced(attrs(n))]
    async fn method_async(self, n: u32, a: Guard) -> Result<u32, String> {
        note("body");
        pause().await;
        Err(format!("{} {}", n + a.value(), self.0.value()))
    }
}

trait Methods {
    fn guard(&self) -> &Guard;

    #[traced(attrs(n))]
    fn trait_default(&self, n: u32, a: Guard) -> Result<u32, ()> {
        note("body");
        Ok(n + a.value() + self.guard().value())
    }

    async fn trait_async(&self, n: u32, a: Guard) -> Result<u32, String>;
}

impl Methods for Holder {
    fn guard(&self) -> &Guard {
        &self.0
    }

    #[traced(attrs(n))]
    async fn trait_async(&self, n: u32, a: Guard) -> Result<u32, String> {
        note("body");
        pause().await;
        Ok(n + a.value() + self.0.value())
    }
}

#[async_trait]
trait Asynchronous {
    async fn async_trait_plain(&self, n: u32, a: Guard, b: Guard) -> u32;
    async fn async_trait_early_return(&self, n: u32, a: Guard) -> Result<u32, String>;
    async fn async_trait_by_value(self, n: u32, a: Guard) -> u32;

    #[traced(attrs(n))]
    async fn async_trait_default(&self, n: u32, a: Guard) -> Result<u32, String> {
        note("body");
        pause().await;
        Ok(n + a.value())
    }
}

#[async_trait]
impl Asynchronous for Holder {
    #[traced(attrs(n))]
    async fn async_trait_plain(&self, n: u32, a: Guard, b: Guard) -> u32 {
        note("body");
        pause().await;
        note("body again");
        n + b.value() + a.value() + self.0.value()
    }

    #[traced(attrs(n))]
    async fn async_trait_early_return(&self, n: u32, a: Guard) -> Result<u32, String> {
        note("body");
        let _local = Guard("local");
        pause().await;
        if n == 7 {
            return Err(String::from("early"));
        }
        Ok(a.value())
    }

    #[traced(attrs(n))]
    async fn async_trait_by_value(self, n: u32, a: Guard) -> u32 {
        note("body");
        pause().await;
        n + a.value() + self.0.value()
    }
}
