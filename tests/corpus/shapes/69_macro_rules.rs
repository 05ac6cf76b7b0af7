//! Row 69: functions emitted by `macro_rules!`.

macro_rules! whole {
    ($name:ident, $kind:ty, $body:block) => {
        /// From fragments.
        #[shape]
        pub fn $name(_value: $kind) -> Result<$kind, String> $body
    };
}

macro_rules! expression {
    ($visibility:vis fn $name:ident($($parameter:ident: $kind:ty),*) -> $result:ty = $body:expr) => {
        /// From an expression.
        #[shape]
        $visibility fn $name($($parameter: $kind),*) -> $result {
            $body
        }
    };
}

macro_rules! later {
    ($name:ident($parameter:pat_param in $kind:ty) -> $result:ty $body:block) => {
        /// Async, from fragments.
        ///
        /// # Errors
        /// As the body says. (Without this section clippy points at the signature, whose end it sees elsewhere when the
        /// type that ends it is a fragment.)
        #[shape]
        pub async fn $name($parameter: $kind) -> $result $body
    };
}

macro_rules! item {
    ($($item:item)*) => { $($item)* };
}

macro_rules! tokens {
    ($($token:tt)*) => { $($token)* };
}

macro_rules! methods {
    ($type:ident { $($name:ident => $value:literal;)* }) => {
        #[shape_impl]
        impl $type {
            $(
                /// A number.
                #[shape]
                pub fn $name(&self) -> u32 {
                    $value
                }
            )*
        }
    };
}

whole!(fragment, u32, { Ok(0) });
whole!(early, i64, {
    if std::hint::black_box(true) {
        return Err(String::new());
    }
    Ok(1)
});
expression!(pub fn add(left: u32, right: u32) -> u32 = left + right);
expression!(pub(crate) fn unit() -> () = std::hint::black_box(()));
later!(patterns((left, right) in (u32, u32)) -> u32 {
    core::future::ready(()).await;
    left + right
});
later!(texts(text in &str) -> Result<usize, std::num::ParseIntError> { text.parse() });

item! {
    /// Passed as an item.
    #[shape]
    pub fn passed(value: u32) -> Result<u32, String> {
        Ok(value)
    }
}

tokens! {
    /// Passed as tokens.
    #[shape]
    pub async fn passed_later(value: &str) -> Result<&str, String> {
        core::future::ready(()).await;
        Ok(value)
    }
}

/// A type.
pub struct Numbers;

methods!(Numbers { one => 1; two => 2; });

/// Calls one that is not public.
pub fn call() {
    unit();
}
