//! One contender in one scenario in a process of its own, and the bench's end of the line to it.

use std::marker::PhantomData;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use crate::allocations;
use crate::contender::{Contender, SetUp};
use crate::process::{self, Role};
use crate::scenario::Scenario;
use crate::sink::{self, Arrived};

/// A contender, as a value.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    records: bool,
    events_on_spans: bool,
    takes_part: fn(Scenario) -> bool,
    serve: fn(Scenario),
}

impl Entry {
    /// The entry of a contender.
    #[must_use]
    pub fn of<C: Contender>() -> Self {
        Self {
            name: C::NAME,
            records: C::RECORDS,
            events_on_spans: C::EVENTS_ON_SPANS,
            takes_part: C::takes_part,
            serve: serve::<C>,
        }
    }

    /// Whether the scenario means something for it.
    #[must_use]
    pub fn takes_part(&self, scenario: Scenario) -> bool {
        (self.takes_part)(scenario)
    }

    /// Whether its spans reach the sink in that scenario.
    #[must_use]
    pub fn records(&self, scenario: Scenario) -> bool {
        self.records && scenario.records()
    }

    /// Becomes the process of that contender, until the bench ends it.
    pub fn run_role(&self, scenario: Scenario) {
        (self.serve)(scenario);
    }

    fn expected(&self, scenario: Scenario, traces: u64) -> Arrived {
        let mut expected = if self.records { scenario.expected(traces) } else { Arrived::default() };
        if !self.events_on_spans && scenario == Scenario::Failing {
            expected.events = 0;
        }
        expected
    }
}

/// What one contender did in one scenario.
#[derive(Debug)]
pub struct Measured {
    /// Who.
    pub entry: Entry,
    scenario: Scenario,
    role: Role,
    /// Nanoseconds per span of each burst, on the clock of the recording thread.
    pub wall: Vec<f64>,
    /// Nanoseconds of CPU per span of each round, all threads, flushes included.
    pub cpu: Vec<f64>,
    /// Allocations per span, all threads.
    pub allocations: f64,
}

impl Measured {
    /// Starts the contender's process.
    #[must_use]
    pub fn start(entry: Entry, scenario: Scenario) -> Self {
        let role = Role::start(&["--role", entry.name, "--scenario", scenario.name()]);
        Self { entry, scenario, role, wall: Vec::new(), cpu: Vec::new(), allocations: 0.0 }
    }

    /// Lets it run so many bursts.
    ///
    /// # Panics
    ///
    /// When a span is lost.
    pub fn round(&mut self, bursts: u64) {
        let numbers = self.ask(&format!("round {bursts}"));
        let [cpu, spans, walls @ ..] = numbers.as_slice() else { panic!("too short an answer: {numbers:?}") };
        let traces = self.scenario.traces_per_burst();
        let expected = self.entry.expected(self.scenario, bursts * traces).spans;
        assert_eq!(*spans, expected, "{} lost spans in {:?}", self.entry.name, self.scenario);
        let per_burst = (traces * self.scenario.spans_per_trace()) as f64;
        self.cpu.push(*cpu as f64 / per_burst / bursts as f64);
        self.wall.extend(walls.iter().map(|wall| *wall as f64 / per_burst));
    }

    /// Counts its allocations, and lets the sink read every span.
    ///
    /// # Panics
    ///
    /// When a span, an attribute, an event or a status is missing.
    pub fn check(&mut self) {
        let answer = self.ask("check");
        let [allocations, spans, attributes, events, errors] = answer[..] else { panic!("an odd answer: {answer:?}") };
        let traces = self.scenario.traces_per_burst();
        self.allocations = allocations as f64 / (traces * self.scenario.spans_per_trace()) as f64;
        let expected = self.entry.expected(self.scenario, traces);
        let name = self.entry.name;
        assert_eq!(spans, expected.spans, "{name} lost spans in {:?}", self.scenario);
        assert!(attributes >= expected.attributes, "{name} lost attributes in {:?}", self.scenario);
        assert_eq!((events, errors), (expected.events, expected.errors), "{name} in {:?}", self.scenario);
    }

    fn ask(&mut self, request: &str) -> Vec<u64> {
        let answer = self.role.ask(request);
        answer.split(' ').map(|number| number.parse().unwrap_or_else(|_| panic!("an odd answer: {answer}"))).collect()
    }
}

fn serve<C: Contender>(scenario: Scenario) {
    C::set_up(SetUp::of(scenario));
    let mut bursts = Bursts::<C>::new(scenario);
    let _ = bursts.run();
    process::serve(|request| {
        let numbers = match request.strip_prefix("round ") {
            Some(count) => round(&mut bursts, count.parse().expect("a number of bursts")),
            None => check(&mut bursts),
        };
        numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
    });
}

/// CPU, spans arrived, then the wall time of each burst.
fn round<C: Contender>(bursts: &mut Bursts<C>, count: u64) -> Vec<u64> {
    // Caches and branch predictors belonged to another process just now.
    let _ = bursts.run();
    let _ = sink::take();
    let before = process::cpu_time();
    let walls: Vec<u64> = (0..count).map(|_| bursts.run().as_nanos() as u64).collect();
    let with_work = process::cpu_time().saturating_sub(before);
    // What flushing costs by itself: in real life it is rare, here it follows each burst.
    let before = process::cpu_time();
    (0..count).for_each(|_| C::flush());
    let flushes = process::cpu_time().saturating_sub(before);
    let mut numbers = vec![with_work.saturating_sub(flushes).as_nanos() as u64, sink::take().spans];
    numbers.extend(walls);
    numbers
}

/// Allocations, then all that arrived.
fn check<C: Contender>(bursts: &mut Bursts<C>) -> Vec<u64> {
    let with_work = allocations::count(|| {
        let _ = bursts.run();
    });
    let flush = allocations::count(C::flush);
    let _ = sink::take();
    sink::set_reading(true);
    let _ = bursts.run();
    sink::set_reading(false);
    let arrived = sink::take();
    vec![with_work.saturating_sub(flush), arrived.spans, arrived.attributes, arrived.events, arrived.errors]
}

/// Runs one scenario again and again.
struct Bursts<C> {
    scenario: Scenario,
    pair: Option<Pair>,
    runtime: Option<tokio::runtime::Runtime>,
    contender: PhantomData<C>,
}

impl<C: Contender> Bursts<C> {
    fn new(scenario: Scenario) -> Self {
        let pair = (scenario == Scenario::TwoThreads).then(|| Pair::start(C::children));
        let runtime = (scenario == Scenario::Tasks).then(|| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(2).build().expect("two threads can be started")
        });
        Self { scenario, pair, runtime, contender: PhantomData }
    }

    /// One burst and a flush; how long the burst took.
    fn run(&mut self) -> Duration {
        let traces = self.scenario.traces_per_burst();
        let wall = match (&self.pair, &self.runtime) {
            (Some(pair), _) => pair.run(traces / 2),
            (_, Some(runtime)) => timed(|| runtime.block_on(tasks::<C>(traces))),
            _ => match self.scenario {
                Scenario::Root => timed(|| (0..traces).for_each(|_| C::root())),
                Scenario::Attributes => timed(|| (0..traces).for_each(|_| C::attributes())),
                Scenario::Nested => timed(|| (0..traces).for_each(|_| C::nested())),
                Scenario::Awaiting => timed(|| (0..traces).for_each(|_| C::awaiting())),
                Scenario::Failing => timed(|| (0..traces).for_each(|_| C::failing())),
                Scenario::Event => timed(|| (0..traces).for_each(|_| C::event())),
                _ => timed(|| (0..traces).for_each(|_| C::children())),
            },
        };
        C::flush();
        wall
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

async fn tasks<C: Contender>(traces: u64) {
    let tasks: Vec<_> = (0..traces).map(|_| tokio::spawn(C::task())).collect();
    for task in tasks {
        task.await.expect("the task does not panic");
    }
}

/// Two threads that start each burst together.
struct Pair {
    requests: Vec<Sender<u64>>,
    answers: Receiver<(Instant, Instant)>,
}

impl Pair {
    fn start(trace: fn()) -> Self {
        let (answer, answers) = channel();
        let together = Arc::new(Barrier::new(2));
        let start = |_| {
            let (request, requests) = channel::<u64>();
            let (answer, together) = (answer.clone(), Arc::clone(&together));
            std::thread::spawn(move || {
                for traces in requests {
                    together.wait();
                    let start = Instant::now();
                    (0..traces).for_each(|_| trace());
                    if answer.send((start, Instant::now())).is_err() {
                        return;
                    }
                }
            });
            request
        };
        Self { requests: (0..2).map(start).collect(), answers }
    }

    /// From the start of the first to the end of the last.
    fn run(&self, traces_each: u64) -> Duration {
        for request in &self.requests {
            request.send(traces_each).expect("the threads live as long as this");
        }
        let answers = || self.answers.recv().expect("a thread answers each request");
        let (first, second) = (answers(), answers());
        first.1.max(second.1) - first.0.min(second.0)
    }
}
