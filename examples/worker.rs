//! A worker: jobs come over a channel, and each is done by several tasks at once, in one trace.
//!
//! ```text
//! OTEL_TRACES_EXPORTER=console cargo run --example worker
//! ```
//!
//! A job carries the context of who sent it. `traced::task` has the spawns of tokio that carry it on.

use tokio::sync::mpsc;
use traced::task::JoinSet;
use traced::{Context, attrs, traced};

pub(crate) struct Job {
    id: u32,
    /// Where the job comes from: its span is the child of the sender's.
    context: Context,
}

#[traced(kind = producer, attrs(job.id = id))]
pub(crate) async fn submit(jobs: &mpsc::Sender<Job>, id: u32) {
    // A worker that is gone takes no jobs; that is its end, not ours.
    let _ = jobs.send(Job { id, context: Context::current() }).await;
}

#[traced(kind = consumer, parent = job.context, attrs(job.id = job.id))]
async fn work(job: Job) -> Result<u32, tokio::task::JoinError> {
    let mut parts = JoinSet::new();
    for part in 1..=3 {
        parts.spawn(step(job.id, part));
    }
    let mut sum = 0;
    while let Some(part) = parts.join_next().await {
        sum += part?;
    }
    attrs!(job.sum = sum);
    Ok(sum)
}

#[traced(attrs(part))]
async fn step(job: u32, part: u32) -> u32 {
    tokio::task::yield_now().await;
    job * part
}

pub(crate) async fn run(mut jobs: mpsc::Receiver<Job>) {
    while let Some(job) = jobs.recv().await {
        // What went wrong is in the job's span.
        let _ = work(job).await;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let (sender, receiver) = mpsc::channel(8);
    let worker = traced::task::spawn(run(receiver));
    for id in 1..=2 {
        submit(&sender, id).await;
    }
    drop(sender);
    worker.await?;
    Ok(())
}
