//! `attrs!` and `event!`: what the body of a function says about the current span.

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
        $crate::__attributes!([set] [] $($attributes)*)
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
    ($name:expr $(, $($attributes:tt)*)?) => {
        $crate::__attributes!([event ($name)] [] $($($attributes)*)?)
    };
}

/// Reads attributes one by one into `{(key) (value)}`, then does what the first brackets say.
#[doc(hidden)]
#[macro_export]
macro_rules! __attributes {
    ([set] []) => { () };
    ([set] [$({($key:expr) ($value:expr)})+]) => {
        if $crate::ENABLED && $crate::__rt::is_recording() {
            const _: () = $crate::__rt::unique(&[$($key),+]);
            $($crate::__rt::set($key, $value);)+
        }
    };
    // A literal name needs no evaluation, so that one look at the current span is enough.
    ([event ($name:literal)] [$({($key:expr) ($value:expr)})*]) => {
        if $crate::ENABLED {
            const _: () = $crate::__rt::event_name($name);
            const _: () = $crate::__rt::unique(&[$($key),*]);
            $crate::__rt::event($name, |__event| {
                let _ = &__event;
                $(__event.attribute($key, $value);)*
            });
        }
    };
    ([event ($name:expr)] [$({($key:expr) ($value:expr)})*]) => {
        if $crate::ENABLED && $crate::__rt::is_recording() {
            const _: () = $crate::__rt::unique(&[$($key),*]);
            $crate::__rt::event($name, |__event| {
                let _ = &__event;
                $(__event.attribute($key, $value);)*
            });
        }
    };

    ($then:tt [$($done:tt)*] $($key:ident).+ = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::display(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] $($key:ident).+ = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::debug(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] $($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::value(&$value).get())}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] % $($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::display(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] ? $($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::debug(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] $($key:ident).+ $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::value(&$($key).+).get())}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] % $($key:ident).+ $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::display(&$($key).+))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] ? $($key:ident).+ $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($crate::__key!($($key).+)) (&$crate::__rt::debug(&$($key).+))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] $key:literal = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($key) (&$crate::__rt::display(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] $key:literal = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($key) (&$crate::__rt::debug(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] $key:literal = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($key) (&$crate::__rt::value(&$value).get())}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] {$key:expr} = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($key) (&$crate::__rt::display(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] {$key:expr} = ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($key) (&$crate::__rt::debug(&$value))}] $($($rest)*)?)
    };
    ($then:tt [$($done:tt)*] {$key:expr} = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__attributes!($then [$($done)* {($key) (&$crate::__rt::value(&$value).get())}] $($($rest)*)?)
    };
    ($then:tt $done:tt $($other:tt)+) => {
        ::core::compile_error!(
            "expected an attribute: `x`, `%x`, `?x`, `key = value`, `\"key\" = value` or `{CONST} = value`"
        )
    };
}

/// The text of a dotted key.
#[doc(hidden)]
#[macro_export]
macro_rules! __key {
    ($first:ident $(. $part:ident)*) => {
        $crate::__rt::key(::core::concat!(::core::stringify!($first) $(, ".", ::core::stringify!($part))*))
    };
}
