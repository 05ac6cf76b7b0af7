//! What the samplers decide, what they say in `tracestate`, and how they describe themselves.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "also in the helpers of tests")]

use std::sync::{Arc, Mutex};

use traced::sampler::{
    Adaptive, AlwaysOff, AlwaysOn, AlwaysRecord, ParentBased, Probability, RateLimit, Sampler, SamplingDecision,
    SamplingRequest, SamplingResult, TraceIdRatioBased,
};
use traced::testing::{Capture, capture};
use traced::{Context, KeyValue, Span, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const DROP: SamplingDecision = SamplingDecision::Drop;
const SAMPLE: SamplingDecision = SamplingDecision::RecordAndSample;

/// A trace whose randomness is `randomness`.
fn trace(randomness: u64) -> TraceId {
    TraceId::from_u128(0xabcd_u128 << 64 | u128::from(randomness))
}

fn parent(flags: TraceFlags, is_remote: bool, state: &str) -> SpanContext {
    let make = if is_remote { SpanContext::remote } else { SpanContext::new };
    make(trace(1), SpanId::from_u64(1), flags, state.parse().unwrap())
}

fn ask(sampler: &dyn Sampler, parent: &SpanContext, randomness: u64) -> SamplingResult {
    let make = if parent.is_remote() { SpanContext::remote } else { SpanContext::new };
    let of_trace = make(trace(randomness), parent.span_id(), parent.trace_flags(), parent.trace_state().clone());
    let parent = if parent.is_valid() { &of_trace } else { parent };
    sampler.should_sample(&SamplingRequest::new(parent, trace(randomness), "x"))
}

fn ask_root(sampler: &dyn Sampler, randomness: u64) -> SamplingResult {
    ask(sampler, &SpanContext::default(), randomness)
}

/// The decision about a child of a sampled remote span with this `tracestate`, and the `tracestate` after it.
fn with_state(sampler: &dyn Sampler, randomness: u64, state: &str) -> (SamplingDecision, String) {
    let result = ask(sampler, &parent(TraceFlags::SAMPLED.with_random(true), true, state), randomness);
    (result.decision, result.trace_state.to_string())
}

/// Numbers that look random and are the same in each run.
fn numbers() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(1_u64), |last| Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)))
        .map(|number| (number ^ number >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd) >> 8)
}

/// Decides as told, with an attribute and a trace state of its own, and remembers whom it was asked about.
struct Marked(&'static str, Arc<Mutex<Vec<String>>>);

impl Sampler for Marked {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        self.1.lock().unwrap().push(request.name.to_owned());
        SamplingResult::new(SamplingDecision::RecordOnly, request)
            .with_attributes(vec![KeyValue::new("delegate", self.0)])
            .with_trace_state(format!("delegate={}", self.0).parse().unwrap())
    }

    fn description(&self) -> String {
        self.0.to_owned()
    }
}

#[test]
fn samplers_are_told_about_the_span() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let result = ask_root(&Marked("mine", asked.clone()), 7);
    assert_eq!(*asked.lock().unwrap(), ["x"]);
    assert_eq!(result.decision, SamplingDecision::RecordOnly);
    assert_eq!(result.trace_state.as_str(), "delegate=mine");
}

#[test]
fn descriptions() {
    assert_eq!(AlwaysOn.description(), "AlwaysOnSampler");
    assert_eq!(AlwaysOff.description(), "AlwaysOffSampler");
    assert_eq!(TraceIdRatioBased::new(0.0001).description(), "TraceIdRatioBased{0.000100}");
    assert_eq!(TraceIdRatioBased::new(0.000_000_01).description(), "TraceIdRatioBased{0.00000001}");
    assert_eq!(Probability::new(1.0).description(), "ProbabilitySampler{1.000000}");
    assert_eq!(AlwaysRecord::new(AlwaysOff).description(), "AlwaysRecordSampler{AlwaysOffSampler}");
    assert_eq!(RateLimit::per_second(10.0).description(), "RateLimitSampler{10}");
    assert_eq!(Adaptive::per_second(2.5).description(), "AdaptiveSampler{2.5}");
    assert_eq!(
        ParentBased::new(TraceIdRatioBased::new(0.5)).local_parent_not_sampled(AlwaysOn).description(),
        "ParentBased{root:TraceIdRatioBased{0.500000},remoteParentSampled:AlwaysOnSampler,\
         remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,\
         localParentNotSampled:AlwaysOnSampler}"
    );
    let boxed: Box<dyn Sampler> = Box::new(Arc::new(AlwaysOn));
    assert_eq!(boxed.description(), "AlwaysOnSampler");
}

#[test]
fn always_on_and_off_keep_the_trace_state() {
    for (sampler, decision) in [(&AlwaysOn as &dyn Sampler, SAMPLE), (&AlwaysOff, DROP)] {
        assert_eq!(ask_root(sampler, 1).decision, decision);
        for flags in [TraceFlags::NONE, TraceFlags::SAMPLED] {
            let result = ask(sampler, &parent(flags, true, "a=1,b=2"), 1);
            assert_eq!((result.decision, result.trace_state.as_str()), (decision, "a=1,b=2"));
        }
    }
}

#[test]
fn parent_based_asks_the_delegate_of_each_kind_of_parent() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let marked = |name| Marked(name, asked.clone());
    let sampler = ParentBased::new(marked("root"))
        .remote_parent_sampled(marked("remote-sampled"))
        .remote_parent_not_sampled(marked("remote-not-sampled"))
        .local_parent_sampled(marked("local-sampled"))
        .local_parent_not_sampled(marked("local-not-sampled"));
    for (parent, delegate) in [
        (SpanContext::default(), "root"),
        (parent(TraceFlags::SAMPLED, true, "a=1"), "remote-sampled"),
        (parent(TraceFlags::NONE, true, "a=1"), "remote-not-sampled"),
        (parent(TraceFlags::SAMPLED, false, "a=1"), "local-sampled"),
        (parent(TraceFlags::NONE, false, "a=1"), "local-not-sampled"),
    ] {
        let result = ask(&sampler, &parent, 1);
        assert_eq!(result.attributes, [KeyValue::new("delegate", delegate)]);
        assert_eq!(result.trace_state.as_str(), format!("delegate={delegate}"));
    }
    assert!(!sampler.follows_local_parent() && sampler.reads_attributes());
}

#[test]
fn parent_based_follows_by_default() {
    let sampler = ParentBased::new(AlwaysOff);
    assert_eq!(ask_root(&sampler, 1).decision, DROP);
    for is_remote in [true, false] {
        let sampled = ask(&sampler, &parent(TraceFlags::SAMPLED, is_remote, "a=1"), 1);
        assert_eq!((sampled.decision, sampled.trace_state.as_str()), (SAMPLE, "a=1"));
        let dropped = ask(&ParentBased::new(AlwaysOn), &parent(TraceFlags::NONE, is_remote, "a=1"), 1);
        assert_eq!((dropped.decision, dropped.trace_state.as_str()), (DROP, "a=1"));
    }
    assert!(sampler.follows_local_parent() && !sampler.reads_attributes());
}

/// `th:8` says that randomness from 2^55 on is sampled.
#[test]
fn parent_based_erases_a_threshold_that_contradicts_the_parent() {
    let sampler = ParentBased::new(AlwaysOn);
    let after = |flags, randomness, state| ask(&sampler, &parent(flags, true, state), randomness).trace_state;
    assert_eq!(after(TraceFlags::SAMPLED, 1 << 55, "ot=th:8;x:1").as_str(), "ot=th:8;x:1");
    assert_eq!(after(TraceFlags::SAMPLED, (1 << 55) - 1, "ot=th:8;x:1").as_str(), "ot=x:1");
    assert_eq!(after(TraceFlags::SAMPLED, 1, "ot=th:8").as_str(), "");
    assert_eq!(after(TraceFlags::SAMPLED, 1, "ot=th:8;rv:80000000000000").as_str(), "ot=th:8;rv:80000000000000");
    assert_eq!(after(TraceFlags::NONE, 1 << 55, "ot=th:8").as_str(), "");
    assert_eq!(after(TraceFlags::SAMPLED, 1, "ot=rv:80000000000000").as_str(), "ot=rv:80000000000000");
}

#[test]
fn a_higher_ratio_samples_a_superset() {
    let ratios = [0.0, 0.0001, 0.01, 0.1, 0.25, 0.5, 0.9, 1.0];
    for make in [
        |ratio| Box::new(TraceIdRatioBased::new(ratio)) as Box<dyn Sampler>,
        |ratio| Box::new(Probability::new(ratio)) as Box<dyn Sampler>,
    ] {
        let samplers = ratios.map(make);
        let mut sampled = [0_u32; 8];
        for number in numbers().take(20_000) {
            let decisions: Vec<bool> =
                samplers.iter().map(|sampler| ask_root(sampler, number).decision == SAMPLE).collect();
            assert!(decisions.is_sorted(), "{number}: {decisions:?}");
            let again: Vec<bool> =
                samplers.iter().map(|sampler| ask_root(sampler, number).decision == SAMPLE).collect();
            assert_eq!(decisions, again);
            for (count, is_sampled) in sampled.iter_mut().zip(decisions) {
                *count += u32::from(is_sampled);
            }
        }
        for (ratio, count) in ratios.into_iter().zip(sampled) {
            let deviation = (f64::from(count) / 20_000.0 - ratio).abs();
            assert!(deviation < 0.01, "{ratio}: {count}");
        }
    }
}

#[test]
fn trace_id_ratio_ignores_the_parent_and_erases_its_threshold() {
    let (all, none) = (TraceIdRatioBased::new(1.0), TraceIdRatioBased::new(0.0));
    assert_eq!(ask(&all, &parent(TraceFlags::NONE, true, ""), 1).decision, SAMPLE);
    assert_eq!(ask(&none, &parent(TraceFlags::SAMPLED, true, ""), 1).decision, DROP);
    assert_eq!(with_state(&all, 1, "ot=th:8;rv:80000000000000,a=1").1, "ot=rv:80000000000000,a=1");
    assert_eq!(ask_root(&all, 1).trace_state, TraceState::default());
}

#[test]
fn probability_compares_randomness_with_its_threshold_and_says_it() {
    let quarter = Probability::new(0.25);
    let result = ask_root(&quarter, 0xc0_0000_0000_0000);
    assert_eq!((result.decision, result.trace_state.as_str()), (SAMPLE, "ot=th:c"));
    let result = ask_root(&quarter, 0xbf_ffff_ffff_ffff);
    assert_eq!((result.decision, result.trace_state.as_str()), (DROP, ""));
    let percent = Probability::new(0.01).with_precision(5);
    assert_eq!(ask_root(&percent, 0xfd_70a4_0000_0000).trace_state.as_str(), "ot=th:fd70a4");
    assert_eq!(ask_root(&percent, 0xfd_70a3_ffff_ffff).decision, DROP);
    assert_eq!(ask_root(&Probability::new(1.0), 0).trace_state.as_str(), "ot=th:0");
    assert_eq!(ask_root(&Probability::new(0.0), u64::MAX >> 8).decision, DROP);
}

#[test]
fn explicit_randomness_counts_instead_of_the_id_and_is_kept() {
    let half = Probability::new(0.5);
    let (low, high) = (0, u64::MAX >> 8);
    assert_eq!(with_state(&half, low, "ot=rv:80000000000000"), (SAMPLE, "ot=th:8;rv:80000000000000".to_owned()));
    assert_eq!(with_state(&half, high, "ot=rv:7fffffffffffff"), (DROP, "ot=rv:7fffffffffffff".to_owned()));
    assert_eq!(
        with_state(&half, low, "a=1,ot=th:0;rv:80000000000000;x:y"),
        (SAMPLE, "ot=th:8;rv:80000000000000;x:y,a=1".to_owned())
    );
    assert_eq!(with_state(&half, low, "ot=th:0;x:y"), (DROP, "ot=x:y".to_owned()));
}

#[test]
fn stages_of_unknown_probability_erase_the_threshold() {
    let limit = RateLimit::per_second(1.0);
    assert_eq!(with_state(&limit, 1, "ot=th:0;rv:80000000000000"), (SAMPLE, "ot=rv:80000000000000".to_owned()));
    assert_eq!(with_state(&limit, 1, "ot=th:0,a=1"), (DROP, "a=1".to_owned()));
}

#[test]
fn always_record_records_what_is_dropped_and_no_more() {
    let sampler = AlwaysRecord::new(ParentBased::new(Probability::new(0.5)));
    let dropped = ask_root(&sampler, 0);
    assert_eq!((dropped.decision, dropped.trace_state.as_str()), (SamplingDecision::RecordOnly, ""));
    let sampled = ask_root(&sampler, 1 << 55);
    assert_eq!((sampled.decision, sampled.trace_state.as_str()), (SAMPLE, "ot=th:8"));
    assert!(!sampler.follows_local_parent(), "children of spans that are not recorded are to be recorded");
}

#[test]
fn adaptive_samples_all_of_little_traffic_and_says_so() {
    let result = ask_root(&Adaptive::per_second(1000.0), 0);
    assert_eq!((result.decision, result.trace_state.as_str()), (SAMPLE, "ot=th:0"));
    assert_eq!(ask_root(&Adaptive::per_second(0.0), u64::MAX >> 8).decision, DROP);
}

#[test]
fn shares_and_rates_out_of_range_do_no_harm() {
    assert_eq!(ask_root(&Probability::new(7.0), 0).decision, SAMPLE);
    assert_eq!(ask_root(&Probability::new(-1.0), u64::MAX >> 8).decision, DROP);
    assert_eq!(ask_root(&TraceIdRatioBased::new(f64::NAN), 0).decision, SAMPLE);
    assert_eq!(ask_root(&RateLimit::per_second(-1.0), 0).decision, DROP);
    assert_eq!(ask_root(&Adaptive::per_second(f64::NAN), 0).decision, DROP);
    assert_eq!(ask_root(&Adaptive::per_second(f64::INFINITY), 0).decision, SAMPLE);
}

/// The same without any sampler configured, where none is asked.
#[test]
fn the_default_erases_a_threshold_that_contradicts_the_parent() {
    for (state, expected) in [("ot=th:8,a=1", "a=1"), ("ot=th:0,a=1", "ot=th:0,a=1"), ("a=1", "a=1")] {
        let spans = capture(|| {
            let remote = Context::current().with_span_context(parent(TraceFlags::SAMPLED, true, state));
            let _remote = remote.attach();
            Span::start("child").end();
        });
        assert_eq!(spans[0].view().trace_state(), expected);
    }
}

/// Warnings come once a process, so this test has one of its own.
#[test]
fn warnings_once_a_process() {
    if std::env::var_os("SAMPLER_CHILD").is_some() {
        let not_random = parent(TraceFlags::SAMPLED, true, "");
        let with_randomness = parent(TraceFlags::SAMPLED, true, "ot=rv:80000000000000");
        for _ in 0..3 {
            let request = |parent| {
                let mut request = SamplingRequest::new(parent, trace(1), "x");
                request.trace_id_is_random = false;
                request
            };
            let sampler = Probability::new(0.5);
            sampler.should_sample(&request(&with_randomness));
            eprintln!("so far silent");
            sampler.should_sample(&request(&not_random));
            TraceIdRatioBased::new(0.5).should_sample(&request(&not_random));
        }
        return;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sampler::warnings_once_a_process", "--nocapture"])
        .env("SAMPLER_CHILD", "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("traced:")).collect();
    assert_eq!(warnings.len(), 2, "{said}");
    assert!(warnings[0].contains("Random flag") && warnings[1].contains("TraceIdRatioBased"), "{said}");
    assert!(said.find("so far silent") < said.find("traced:"));
}

/// Drops the first trace and samples the others; it sees attributes, as samplers do unless they say otherwise.
struct DropsTheFirst(std::sync::atomic::AtomicUsize);

impl Sampler for DropsTheFirst {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let earlier = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        SamplingResult::new(if earlier == 0 { DROP } else { SAMPLE }, request)
    }

    fn description(&self) -> String {
        "DropsTheFirst".to_owned()
    }
}

#[traced::traced(attrs(secret))]
fn confidential(secret: &str) {
    std::hint::black_box(secret);
}

#[traced::traced(attrs(own = 1))]
fn public() {}

#[test]
fn a_span_that_was_dropped_leaves_nothing_to_the_next_one() {
    let limits = traced::SpanLimits::default().with_attribute_value_length(Some(4));
    for limits in [traced::SpanLimits::default(), limits] {
        let capture = Capture::builder().sampler(DropsTheFirst(0.into())).span_limits(limits).start();
        let ((), spans) = capture.run(|| {
            confidential("of the first");
            public();
        });
        let keys: Vec<Vec<_>> =
            spans.iter().map(|span| span.view().attributes().map(|own| own.key.to_owned()).collect()).collect();
        assert_eq!(keys.len(), 1, "only the second is sampled");
        let mut keys = keys[0].clone();
        keys.sort_unstable();
        assert_eq!(keys, ["code.function.name", "own"], "{limits:?}");
        let name = spans[0].view().attributes().get("code.function.name").map(|name| name.to_string());
        let expected = concat!(module_path!(), "::public");
        assert_eq!(name.as_deref(), Some(limits.attribute_value_length.map_or(expected, |_| &expected[..4])));
    }
}
