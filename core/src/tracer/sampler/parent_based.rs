//! The sampler that follows the parent.

use super::decision::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use super::threshold::keeping_state;

/// Follows the parent's decision, and asks another sampler about roots: whole traces are sampled or not.
///
/// For each kind of parent (remote or local, sampled or not) another sampler can be asked instead.
///
/// Costs nothing for children of local spans as long as their two delegates are the default, since the decision then
/// needs no call; for roots and children of remote spans, what the delegate costs. Take it always, around whatever
/// decides about roots.
///
/// Follows the OpenTelemetry trace SDK, "ParentBased". A remote parent's `ot=th` that contradicts its decision is
/// erased.
///
/// ```
/// use traced::sampler::{AlwaysOff, ParentBased, Probability, RateLimit};
///
/// let head = ParentBased::new(Probability::new(0.1));
/// // Callers outside can't make this service record more than 50 traces a second.
/// let guarded = ParentBased::new(Probability::new(0.1)).remote_parent_sampled(RateLimit::per_second(50.0));
/// ```
pub struct ParentBased {
    root: Box<dyn Sampler>,
    remote_sampled: Delegate,
    remote_not_sampled: Delegate,
    local_sampled: Delegate,
    local_not_sampled: Delegate,
}

/// `None` does as the parent does.
type Delegate = Option<Box<dyn Sampler>>;

impl ParentBased {
    /// Follows the parent; `root` decides about spans without one.
    pub fn new(root: impl Sampler) -> Self {
        Self {
            root: Box::new(root),
            remote_sampled: None,
            remote_not_sampled: None,
            local_sampled: None,
            local_not_sampled: None,
        }
    }

    /// Asks `sampler` about children of remote spans that are sampled. The default is [`AlwaysOn`](super::AlwaysOn).
    #[must_use]
    pub fn remote_parent_sampled(self, sampler: impl Sampler) -> Self {
        Self { remote_sampled: Some(Box::new(sampler)), ..self }
    }

    /// Asks `sampler` about children of remote spans that are not sampled. The default is
    /// [`AlwaysOff`](super::AlwaysOff).
    #[must_use]
    pub fn remote_parent_not_sampled(self, sampler: impl Sampler) -> Self {
        Self { remote_not_sampled: Some(Box::new(sampler)), ..self }
    }

    /// Asks `sampler` about children of local spans that are sampled. The default is [`AlwaysOn`](super::AlwaysOn).
    #[must_use]
    pub fn local_parent_sampled(self, sampler: impl Sampler) -> Self {
        Self { local_sampled: Some(Box::new(sampler)), ..self }
    }

    /// Asks `sampler` about children of local spans that are not sampled. The default is
    /// [`AlwaysOff`](super::AlwaysOff).
    #[must_use]
    pub fn local_parent_not_sampled(self, sampler: impl Sampler) -> Self {
        Self { local_not_sampled: Some(Box::new(sampler)), ..self }
    }

    fn delegates(&self) -> [(&'static str, &Delegate, &'static str); 4] {
        [
            ("remoteParentSampled", &self.remote_sampled, "AlwaysOnSampler"),
            ("remoteParentNotSampled", &self.remote_not_sampled, "AlwaysOffSampler"),
            ("localParentSampled", &self.local_sampled, "AlwaysOnSampler"),
            ("localParentNotSampled", &self.local_not_sampled, "AlwaysOffSampler"),
        ]
    }
}

impl Sampler for ParentBased {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        if !request.parent.is_valid() {
            return self.root.should_sample(request);
        }
        let is_sampled = request.parent.is_sampled();
        let delegate = match (request.parent.is_remote(), is_sampled) {
            (true, true) => &self.remote_sampled,
            (true, false) => &self.remote_not_sampled,
            (false, true) => &self.local_sampled,
            (false, false) => &self.local_not_sampled,
        };
        match delegate {
            Some(sampler) => sampler.should_sample(request),
            None if is_sampled => keeping_state(SamplingDecision::RecordAndSample, request.parent),
            None => keeping_state(SamplingDecision::Drop, request.parent),
        }
    }

    fn description(&self) -> String {
        let mut description = format!("ParentBased{{root:{}", self.root.description());
        for (name, delegate, default) in self.delegates() {
            let delegate = delegate.as_ref().map_or_else(|| default.to_owned(), Sampler::description);
            description.extend([",", name, ":", &delegate]);
        }
        description.push('}');
        description
    }

    fn reads_attributes(&self) -> bool {
        let delegates = self.delegates();
        let mut samplers = delegates.iter().filter_map(|(_, delegate, _)| delegate.as_ref());
        self.root.reads_attributes() || samplers.any(Sampler::reads_attributes)
    }

    fn follows_local_parent(&self) -> bool {
        self.local_sampled.is_none() && self.local_not_sampled.is_none()
    }
}

impl std::fmt::Debug for ParentBased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.description())
    }
}
