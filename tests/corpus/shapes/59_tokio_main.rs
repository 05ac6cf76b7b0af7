//! Row 59: `#[tokio::main]` above and below.
// The runtime that `tokio::main` starts has an `expect`, which clippy sees or not as it is nested.
#![allow(clippy::missing_panics_doc)]

/// Above.
pub mod above {
    /// Runs.
    #[tokio::main(flavor = "current_thread", crate = "::tokio")]
    #[shape_without_ret]
    pub async fn main() {
        tokio::task::yield_now().await;
    }
}

/// Below.
pub mod below {
    /// Runs.
    #[shape_without_ret]
    #[tokio::main(flavor = "current_thread")]
    pub async fn main() {
        tokio::task::yield_now().await;
    }
}

/// Fallible.
pub mod fallible {
    /// Runs.
    #[tokio::main(flavor = "current_thread")]
    #[shape]
    pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
        tokio::task::yield_now().await;
        let _: u32 = "1".parse()?;
        Ok(())
    }
}

/// Fallible, below.
pub mod fallible_below {
    /// Runs.
    #[shape]
    #[tokio::main(flavor = "current_thread")]
    pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
        tokio::task::yield_now().await;
        let _: u32 = "1".parse()?;
        Ok(())
    }
}
