//! The runtime under another path.

mod sdk {
    pub use ::traced;
}

use sdk::traced::traced as span;

#[span(crate = crate::sdk::traced, attrs(x), ret)]
fn f(x: u8) -> Result<u8, String> {
    Ok(x)
}

#[span(crate = crate::sdk::traced)]
async fn later() -> Result<(), String> {
    Ok(())
}

fn main() {
    assert_eq!(f(1), Ok(1));
    drop(later());
}
