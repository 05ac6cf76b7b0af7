//! The samplers that the environment can name, a row each.

use traced_core::sampler::Adaptive;
use traced_core::sampler::AlwaysOff;
use traced_core::sampler::AlwaysOn;
use traced_core::sampler::ParentBased;
use traced_core::sampler::Probability;
use traced_core::sampler::RateLimit;
use traced_core::sampler::Sampler;
use traced_core::sampler::TraceIdRatioBased;

/// Which spans are sampled.
pub(crate) enum SamplerSetting {
    /// Parent-based always on, which needs no call to decide.
    Default,
    Other(Box<dyn Sampler>),
}

/// A sampler that `OTEL_TRACES_SAMPLER` can name.
#[derive(Clone, Copy)]
pub(crate) struct NamedSampler {
    pub(crate) word: &'static str,
    build: Build,
}

/// How a sampler is made, and of what.
#[derive(Clone, Copy)]
enum Build {
    Default,
    Plain(fn() -> Box<dyn Sampler>),
    /// Of the share of traces, from 0 to 1; 1 by default.
    Share(fn(f64) -> Box<dyn Sampler>),
    /// Of the number of traces a second; 100 by default.
    Rate(fn(f64) -> Box<dyn Sampler>),
}

const fn sampler(word: &'static str, build: Build) -> NamedSampler {
    NamedSampler { word, build }
}

/// All of them: those of the specification, then the others.
pub(crate) static SAMPLERS: [NamedSampler; 10] = [
    sampler("always_on", Build::Plain(|| Box::new(AlwaysOn))),
    sampler("always_off", Build::Plain(|| Box::new(AlwaysOff))),
    sampler("traceidratio", Build::Share(|share| Box::new(TraceIdRatioBased::new(share)))),
    sampler("parentbased_always_on", Build::Default),
    sampler("parentbased_always_off", Build::Plain(|| Box::new(ParentBased::new(AlwaysOff)))),
    sampler(
        "parentbased_traceidratio",
        Build::Share(|share| Box::new(ParentBased::new(TraceIdRatioBased::new(share)))),
    ),
    sampler("probability", Build::Share(|share| Box::new(Probability::new(share)))),
    sampler("parentbased_probability", Build::Share(|share| Box::new(ParentBased::new(Probability::new(share))))),
    sampler("parentbased_ratelimit", Build::Rate(|rate| Box::new(ParentBased::new(RateLimit::per_second(rate))))),
    sampler("parentbased_adaptive", Build::Rate(|rate| Box::new(ParentBased::new(Adaptive::per_second(rate))))),
];

impl NamedSampler {
    /// The sampler with the text of its argument; second, what is wrong with the argument, instead of which the
    /// default was taken. An argument that the sampler does not have is ignored.
    pub(crate) fn build(self, argument: Option<&str>) -> (SamplerSetting, Option<String>) {
        let (build, number) = match self.build {
            Build::Default => return (SamplerSetting::Default, None),
            Build::Plain(build) => return (SamplerSetting::Other(build()), None),
            Build::Share(build) => (build, number(argument, ratio, 1.0)),
            Build::Rate(build) => (build, number(argument, rate, 100.0)),
        };
        (SamplerSetting::Other(build(number.0)), number.1)
    }
}

impl SamplerSetting {
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Default => ParentBased::new(AlwaysOn).description(),
            Self::Other(sampler) => sampler.description(),
        }
    }
}

fn number(text: Option<&str>, read: fn(&str) -> Result<f64, String>, default: f64) -> (f64, Option<String>) {
    match text.map(read).transpose() {
        Ok(number) => (number.unwrap_or(default), None),
        Err(mistake) => (default, Some(format!("{mistake}; it counts as unset (default: {default})"))),
    }
}

/// A number from 0 to 1.
pub(crate) fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| format!("{text:?} is not a number from 0 to 1"))
}

/// Traces a second.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| *rate >= 0.0 && rate.is_finite());
    rate.ok_or_else(|| format!("{text:?} is not a number of traces a second"))
}
