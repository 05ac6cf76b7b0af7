//! Row 55: imports and items in the body shadow names of the signature.

/// Names to import.
pub mod names {
    /// Another result.
    #[derive(Debug)]
    pub struct Result(pub u32);
    /// Another text.
    pub struct Text;
}

/// A text.
pub struct Text(pub u32);

/// A glob import in the body.
#[shape]
pub fn glob(value: u32) -> Result<u32, String> {
    use names::*;
    let inner = Result(value);
    Ok(inner.0)
}

/// A glob import in the body, async.
#[shape]
pub async fn glob_later(value: Text) -> Result<Text, String> {
    use names::*;
    let inner = Result(value.0);
    let _ = Text;
    core::future::ready(()).await;
    Ok(super_text(inner.0))
}

/// Builds one.
fn super_text(value: u32) -> Text {
    Text(value)
}

/// An item in the body with the name of the returned type.
#[shape]
pub fn item(value: u32) -> Option<u32> {
    struct Option(u32);
    enum Some {
        One,
    }
    let inner = Option(value);
    match Some::One {
        Some::One => core::option::Option::Some(inner.0),
    }
}
