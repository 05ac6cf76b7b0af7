//! Relations to what is no span.

#[shape(parent = 5)]
pub fn parent() {}

#[shape(links = ["a", "b"])]
pub fn links() {}

#[shape(sample = "often")]
pub async fn sample() {}
