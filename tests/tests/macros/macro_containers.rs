//! `#[traced]` on `impl` blocks, traits and modules.

#![allow(
    unreachable_pub,
    clippy::manual_async_fn,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "the functions stand as a user may write them"
)]

use traced::testing::{capture, capture_async};
use traced::{assert_tree, traced};

struct Store<T>(T);

#[traced(kind = client, redact(card), attrs(component = "store", tenant), err(Debug))]
impl<T: Clone> Store<T> {
    const LIMIT: usize = { 3 };

    pub fn get(&self, tenant: &str) -> Result<T, String> {
        if tenant.len() > Self::LIMIT { Err(tenant.to_owned()) } else { Ok(self.0.clone()) }
    }

    async fn pay(&self, card: &str) -> usize {
        card.len()
    }

    #[traced("renamed", kind = server, attrs(component = "other"))]
    fn overridden(&self) {}

    #[traced(skip)]
    fn skipped(&self, #[allow(unused)] card: &str) {}

    const fn constant(&self) -> usize {
        Self::LIMIT
    }

    fn returns_a_value(&self) -> usize {
        self.constant()
    }
}

#[tokio::test]
async fn options_of_an_impl_are_defaults() {
    let spans = capture_async(async {
        let store = Store(1);
        let _ = (store.get("a"), store.get("long"), store.pay("4111").await, store.returns_a_value());
        store.overridden();
        store.skipped("4111");
    })
    .await;
    assert_tree!(
        spans,
        r#"
        Store::get [client] component=store tenant=a
        Store::get [client] component=store tenant=long error.type=alloc::string::String ✗ "long"
          · exception exception.type=alloc::string::String exception.message="\"long\""
        Store::pay [client] component=store card="[redacted]"
        Store::returns_a_value [client] component=store
        renamed [server] component=other
        "#
    );
}

#[traced]
trait Greet {
    fn name(&self) -> String;

    fn greet(&self) -> String {
        format!("hello {}", self.name())
    }
}

#[traced]
impl Greet for Store<u8> {
    fn name(&self) -> String {
        self.0.to_string()
    }
}

#[test]
fn methods_of_traits_are_named_after_it() {
    let spans = capture(|| assert_eq!(Store(1_u8).greet(), "hello 1"));
    assert_tree!(spans, "Greet::greet\n  Store::name");
    assert_eq!(spans.names(), ["Store::name", "Greet::greet"], "in the order of their ends");
}

#[traced(only(pub))]
mod billing {
    pub(super) struct Bill;

    pub fn total() -> Result<u8, String> {
        private();
        Bill.print();
        inner::untouched();
        Err("none".to_owned())
    }

    fn private() {}

    impl Bill {
        pub fn print(&self) {
            Self::hidden();
        }

        fn hidden() {}
    }

    #[traced::traced(skip)]
    impl Default for Bill {
        fn default() -> Self {
            Self
        }
    }

    mod inner {
        pub(super) fn untouched() {}
    }

    const _: Option<Bill> = None;
}

#[test]
fn functions_of_a_module() {
    let spans = capture(|| {
        assert!(billing::total().is_err());
        let _bill = billing::Bill;
    });
    assert_tree!(
        spans,
        "
        total error.type=alloc::string::String ✗ none
          · exception exception.type=alloc::string::String exception.message=none
          Bill::print
        "
    );
    assert_eq!(spans.names(), ["Bill::print", "total"], "in the order of their ends");
}
