//! All of `traced` in scope beside the crate `tracing`: neither hides the other.

use traced::testing::capture;
use traced::*;
use tracing_subscriber::layer::SubscriberExt as _;

#[traced]
fn reserve(sku: &str) {
    // The crate, by its name: a module of that name in `traced` would stand here instead.
    tracing::info!(sku, "reserved");
    let _entered = tracing::info_span!("count").entered();
    attrs!(sku);
    event!("counted");
}

#[test]
fn a_glob_import_does_not_hide_the_crate_tracing() {
    let subscriber = tracing_subscriber::registry().with(subscriber::layer());
    let spans = tracing::subscriber::with_default(subscriber, || capture(|| reserve("a-1")));
    assert_eq!(spans.names(), ["count", "reserve"]);
    assert_eq!(spans.one("count").attribute("sku").unwrap(), "a-1");
    assert!(spans.one("count").event("counted").is_some() && spans.one("reserve").event("reserved").is_some());
}
