//! Nesting: some `async fn` deep, and still known to be `Send` within the default recursion limit.

macro_rules! layers {
    ($last:ident) => {
        /// The innermost.
        #[shape]
        pub async fn $last(text: String) -> usize {
            core::future::ready(()).await;
            text.len()
        }
    };
    ($first:ident $next:ident $($rest:ident)*) => {
        /// A layer.
        #[shape]
        pub async fn $first(text: String) -> usize {
            $next(text).await + 1
        }
        layers!($next $($rest)*);
    };
}

layers!(
    layer_17 layer_16 layer_15 layer_14 layer_13 layer_12 layer_11 layer_10 layer_9 layer_8 layer_7 layer_6 layer_5 layer_4 layer_3 layer_2
    layer_1 layer_0
);

/// Asks for `Send`.
pub fn asks() -> impl Send {
    layer_17(String::new())
}
