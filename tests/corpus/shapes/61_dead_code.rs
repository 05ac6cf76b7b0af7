//! Row 61: `dead_code` still fires on functions that nobody calls.
//@ fires: dead_code
//@ solo

/// Never called.
#[shape]
fn unused(value: u32) -> u32 {
    value
}

/// Never called, async.
#[shape]
async fn unused_later(value: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    Ok(value)
}

/// Never called, a future.
#[shape]
fn unused_future(value: u32) -> impl core::future::Future<Output = u32> {
    async move { value }
}

/// A type.
pub struct Thing {
    never_read: u32,
}

#[shape_impl]
impl Thing {
    /// Makes one.
    #[shape]
    pub fn new(never_read: u32) -> Self {
        Self { never_read }
    }

    /// Never called.
    #[shape_without_ret]
    fn unused(&self) {}

    /// Never called, with an outcome.
    #[shape]
    fn unused_result(&self) -> Result<(), String> {
        Ok(())
    }
}
