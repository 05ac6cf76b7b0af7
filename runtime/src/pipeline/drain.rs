//! Draining: all outboxes are read under one lock, and each record goes to the pipeline it belongs to.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::queue::{ExportQueue, ExporterStats};
use super::route::{Route, Run};
use super::site_counts::{self, SiteCount, SiteCounts};
use super::state::Pipeline;
use super::tail::TailCounts;
use super::tail::TailSampling;
use super::wakeup;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::outbox::Reader;
use traced_core::__runtime::outbox::Totals;
use traced_core::__runtime::per_process;
use traced_core::__runtime::record::Counted;
use traced_core::__runtime::record::Way;
use traced_core::__runtime::record::look_at;

static DRAINER: PerProcess<Mutex<Drainer>> = per_process!(Mutex::new(Drainer::NEW));

struct Drainer {
    reader: Reader,
    routes: Routes,
    report: SiteCounts,
}

struct Routes {
    routes: Vec<Route>,
    drained: Drained,
}

/// What came out of the outboxes so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drained {
    pub(crate) spans: u64,
    /// Those of them whose pipeline was gone.
    pub(crate) unrouted: u64,
}

/// The id that was given out last. It goes on in a forked child, so that spans of its parent's pipeline, which the
/// parent exports, are not taken for its own.
static LAST_ID: AtomicU16 = AtomicU16::new(0);

/// An id that no pipeline uses.
pub(crate) fn free_id() -> u16 {
    with(|drainer| {
        loop {
            let id = LAST_ID.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            if !drainer.routes.routes.iter().any(|route| route.id() == id) {
                return id;
            }
        }
    })
}

/// Sends records to a pipeline from now on.
pub(crate) fn add_route(pipeline: &Arc<Pipeline>, tail: Option<TailSampling>) {
    let route = Route::new(pipeline, tail);
    with(|drainer| drainer.routes.routes.push(route));
    if let Some(spans) = pipeline.batching.max_queued_spans {
        wakeup::wake_after_spans(spans / 2);
    }
}

/// No longer sends records to a pipeline. What was not in a queue yet is lost, and counted.
pub(crate) fn remove_route(id: u16) {
    with(|drainer| {
        drainer.drain();
        let routes = &mut drainer.routes;
        if let Some(place) = routes.routes.iter().position(|route| route.id() == id) {
            let mut route = routes.routes.swap_remove(place);
            route.decide_tail();
            routes.drained.unrouted += route.len() as u64;
            route.lose();
            route.leave_tail_counts();
        }
    });
}

/// Empties the outboxes; full blocks go to the queues.
pub(crate) fn drain() {
    with(Drainer::drain);
}

/// The same, and one pipeline's block goes to its queues as it is.
pub(crate) fn drain_and_seal(id: u16) {
    with(|drainer| {
        drainer.drain();
        drainer.routes.find(id).into_iter().for_each(Route::seal);
    });
}

/// Decides about the traces that tail sampling still holds: nothing more is to come.
pub(crate) fn decide_tail(id: u16) {
    with(|drainer| {
        drainer.drain();
        drainer.routes.find(id).into_iter().for_each(Route::decide_tail);
    });
}

/// What one pipeline's tail sampling has decided so far, or in its life.
pub(crate) fn tail_counts(pipeline: &Pipeline) -> Option<TailCounts> {
    let living = with(|drainer| drainer.routes.find(pipeline.provider.id).map(|route| route.tail_counts()));
    living.unwrap_or_else(|| pipeline.tail_counts.get().copied())
}

/// Takes what one pipeline holds that is not in a queue.
#[cfg(feature = "testing")]
pub(crate) fn drain_and_take(id: u16) -> Option<traced_core::__runtime::block::Block> {
    with(|drainer| {
        drainer.drain();
        drainer.routes.find(id).map(Route::take_block)
    })
}

/// The threads' counters, and what was drained.
pub(crate) fn totals() -> (Totals, Drained) {
    with(|drainer| {
        drainer.drain();
        (drainer.reader.totals(), drainer.routes.drained)
    })
}

/// What was counted of each call site, by its index from 1 on.
pub(crate) fn site_counts() -> Vec<SiteCount> {
    with(|drainer| {
        drainer.drain();
        drainer.report.clone().with_lost(&drainer.reader.dropped()).0
    })
}

/// What the exporters of one pipeline did so far, at one moment: what is on its way into their queues is queued.
pub(crate) fn exporter_stats(pipeline: &Pipeline) -> Vec<ExporterStats> {
    with(|drainer| {
        drainer.drain();
        let on_its_way = drainer.routes.find(pipeline.provider.id).map_or((0, 0), |route| route.lens());
        let stats = |queue: &Arc<ExportQueue>| {
            let mut stats = queue.stats();
            let (sampled, unsampled) = on_its_way;
            stats.queued += sampled + if queue.takes_unsampled { unsampled } else { 0 };
            stats
        };
        pipeline.queues.iter().map(stats).collect()
    })
}

fn with<R>(use_drainer: impl FnOnce(&mut Drainer) -> R) -> R {
    use_drainer(&mut DRAINER.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Drainer {
    const NEW: Self = Self {
        reader: Reader::new(),
        routes: Routes { routes: Vec::new(), drained: Drained { spans: 0, unrouted: 0 } },
        report: SiteCounts::NEW,
    };

    fn drain(&mut self) {
        wakeup::drained();
        let Self { reader, routes, report } = self;
        reader.drain(&mut |words, thread| routes.take(words, |record| report.count(record, thread)));
    }
}

impl Routes {
    fn find(&mut self, id: u16) -> Option<&mut Route> {
        self.routes.iter_mut().find(|route| route.id() == id)
    }

    /// Takes whole records, in runs that go the same way. Each header is looked at once: it comes from another core's
    /// cache.
    fn take(&mut self, mut words: &[AtomicU64], mut count: impl FnMut(Counted)) {
        while !words.is_empty() {
            let (run, rest) = split_run(words, &mut count);
            self.drained.spans += run.spans as u64;
            match self.find(run.way.provider) {
                Some(route) => route.take(&run),
                None => {
                    self.drained.unrouted += run.spans as u64;
                    site_counts::lose(site_counts::sites_of(run.words));
                }
            }
            words = rest;
        }
    }
}

fn split_run<'a>(words: &'a [AtomicU64], count: &mut impl FnMut(Counted)) -> (Run<'a>, &'a [AtomicU64]) {
    let look = |at: usize| words.get(at..).and_then(look_at);
    let (first, way, mut end) = look(0).unwrap_or((Counted::default(), Way::default(), words.len()));
    count(first);
    let mut spans = 1;
    while let Some((record, _, length)) = look(end).filter(|(_, next, _)| *next == way) {
        count(record);
        end += length;
        spans += 1;
    }
    let (run, rest) = words.split_at(end.min(words.len()));
    (Run { way, words: run, spans }, rest)
}
