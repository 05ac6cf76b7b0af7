//! Row 9: methods of an `async_trait` impl, early return and `?` included; both orders on the impl.

use async_trait::async_trait;

/// A service.
#[async_trait]
pub trait Service {
    /// Serves.
    async fn serve(&self, request: &str, budget: u32) -> Result<String, std::num::ParseIntError>;
    /// Closes.
    async fn close(self: Box<Self>);
}

/// Echoes.
pub struct Echo;

#[async_trait]
#[shape_impl]
impl Service for Echo {
    #[shape]
    async fn serve(&self, request: &str, budget: u32) -> Result<String, std::num::ParseIntError> {
        if budget == 0 {
            return Ok(String::new());
        }
        core::future::ready(()).await;
        let number: u32 = request.parse()?;
        Ok(format!("{number}"))
    }

    #[shape]
    async fn close(self: Box<Self>) {
        core::future::ready(()).await;
    }
}

/// Echoes, with the attributes the other way round.
pub struct Loud;

#[shape_impl]
#[async_trait]
impl Service for Loud {
    #[shape]
    async fn serve(&self, request: &str, mut budget: u32) -> Result<String, std::num::ParseIntError> {
        budget += 1;
        Ok(request.to_uppercase().repeat(budget as usize))
    }

    #[shape]
    async fn close(self: Box<Self>) {}
}

/// Not `Send`.
#[async_trait(?Send)]
pub trait Local {
    /// Runs.
    async fn run(&self, text: std::rc::Rc<str>) -> usize;
}

#[async_trait(?Send)]
#[shape_impl]
impl Local for Echo {
    #[shape]
    async fn run(&self, text: std::rc::Rc<str>) -> usize {
        core::future::ready(()).await;
        text.len()
    }
}
