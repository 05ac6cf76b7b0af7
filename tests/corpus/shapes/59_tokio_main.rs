//! Row 59: `#[tokio::main]` above and below.

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
