//! Values without the trait that was asked for.

/// Nothing can be said of it.
pub struct Silent;

#[shape(attrs(%silent))]
pub fn display(silent: &Silent) {
    let _ = silent;
}

#[shape(attrs(?silent))]
pub async fn debug(silent: Silent) -> Result<Silent, String> {
    fn inner(silent: Silent) -> Silent {
        silent
    }
    Ok(inner(silent))
}

#[shape(ret(Display))]
pub fn returned() -> Silent {
    Silent
}
