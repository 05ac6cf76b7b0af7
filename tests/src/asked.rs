//! A sampler that shows what samplers are told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use traced::sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use traced::{SpanContext, TraceId};

/// Answers the same to everybody, and remembers what it was asked. Clones share that.
#[derive(Clone, Debug)]
pub struct Asked {
    decision: SamplingDecision,
    questions: Arc<Mutex<Vec<Question>>>,
}

/// What a sampler was told of one span.
#[derive(Clone, Debug)]
pub struct Question {
    /// The trace.
    pub trace_id: TraceId,
    /// The parent; invalid for a root.
    pub parent: SpanContext,
    /// The span's name.
    pub name: String,
    /// The keys of its first attributes.
    pub keys: Vec<String>,
}

impl Asked {
    /// Always answers `decision`.
    #[must_use]
    pub fn new(decision: SamplingDecision) -> Self {
        Self { decision, questions: Arc::default() }
    }

    /// What it was asked so far.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Question>> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sampler for Asked {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        self.lock().push(Question {
            trace_id: request.trace_id,
            parent: request.parent.clone(),
            name: request.name.to_owned(),
            keys: request.attributes.map(|attribute| attribute.key.to_owned()).collect(),
        });
        SamplingResult::new(self.decision, request)
    }

    fn description(&self) -> String {
        "Asked".to_owned()
    }
}
