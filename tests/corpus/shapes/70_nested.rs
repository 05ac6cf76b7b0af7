//! Row 70: nested functions, and items in bodies that shadow the prelude.

/// A function in a function.
#[shape]
pub fn outer(value: u32) -> Result<u32, String> {
    #[shape]
    fn inner(value: u32) -> Result<u32, String> {
        if value == 0 { Err(String::new()) } else { Ok(value) }
    }

    struct Local;

    impl Local {
        #[shape]
        fn method(&self, value: u32) -> u32 {
            value + 1
        }
    }

    Ok(Local.method(inner(value)?))
}

/// An async function in an async function.
#[shape]
pub async fn outer_later(value: u32) -> u32 {
    #[shape]
    async fn inner(value: u32) -> u32 {
        core::future::ready(()).await;
        value
    }
    inner(value).await + 1
}

/// Items that shadow the prelude.
#[shape]
pub fn shadows(value: u32) -> Result<u32, String> {
    #[allow(non_snake_case)]
    fn Ok(value: u32) -> Result<u32, String> {
        Result::Ok(value + 1)
    }
    enum Option {
        Some,
        None,
    }
    use Option::{None, Some};
    match if value == 1 { Some } else { None } {
        Option::Some => Ok(1),
        Option::None => Ok(2),
    }
}

/// Constants, statics, macros and types with the names of locals.
#[shape]
pub fn statics(value: u32) -> Result<u32, ()> {
    static SITE: u32 = 1;
    const VALUE: u32 = 2;
    macro_rules! span {
        ($value:expr) => {
            $value + 1
        };
    }
    Ok(span!(value) + SITE + VALUE)
}

/// A module inside.
#[shape]
pub fn module(value: u32) -> u32 {
    mod inside {
        #[shape]
        pub(super) fn deep(value: u32) -> u32 {
            value + 1
        }
    }
    inside::deep(value)
}
