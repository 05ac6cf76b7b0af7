//! `attrs!` and `event!`: what the body of a function says about the current span.
//!
//! Here is what only this crate knows: its own path. The macros of `traced_macros` read what was written, by the grammar of
//! the attribute.

/// Sets attributes of the current span: any key, at any time, nothing declared up front.
///
/// The values are evaluated only if the current span records; a later value for the same key replaces the earlier one.
/// A name alone is its own key. Values keep their type if it is an [`AttributeValue`](crate::AttributeValue), and are
/// text by `Display` or else `Debug` if not; `%` asks for `Display`, `?` for `Debug`. Keys are dotted names, string
/// literals, or constants in braces. One key twice in a call does not compile.
///
/// ```
/// use traced::{attrs, testing, traced};
///
/// const TIER: &str = "user.tier";
///
/// #[traced]
/// fn checkout(user: &str, items: &[u32]) {
///     let total: u32 = items.iter().sum();
///     attrs!(user, order.items = items.len(), order.total = total, "order.list" = ?items, {TIER} = "gold");
/// }
///
/// let spans = testing::capture(|| checkout("ada", &[2, 3]));
/// let attributes = spans[0].view().attributes();
/// assert_eq!(attributes.clone().get("order.total").unwrap().to_string(), "5");
/// assert_eq!(attributes.clone().get("order.list").unwrap().to_string(), "[2, 3]");
/// ```
///
/// ```compile_fail
/// let (a, b) = (1, 2);
/// traced::attrs!(x = a, x = b);
/// ```
#[doc(alias = "set_attribute", alias = "record", alias = "add_property")]
#[macro_export]
macro_rules! attrs {
    ($($attributes:tt)*) => {
        $crate::__attrs!([$crate] $($attributes)*)
    };
}

/// Adds an event to the current span: what happened, with attributes as in [`attrs!`](crate::attrs).
///
/// Nothing is evaluated unless the current span records.
///
/// ```
/// use traced::{event, testing, traced};
///
/// #[traced]
/// fn reserve(sku: &str) {
///     event!("inventory.checked", sku, available = true);
/// }
///
/// let spans = testing::capture(|| reserve("a-1"));
/// let event = spans[0].view().events().next().unwrap();
/// assert_eq!(event.name(), "inventory.checked");
/// ```
///
/// Names are the same for all events of a kind; what differs is an attribute. Braces do not compile:
///
/// ```compile_fail
/// let n = 1;
/// traced::event!("got {n}");
/// ```
#[doc(alias = "add_event")]
#[macro_export]
macro_rules! event {
    ($($event:tt)*) => {
        $crate::__event!([$crate] $($event)*)
    };
}
