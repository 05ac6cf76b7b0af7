//! What the instrumentation did, for people to read.

use std::fmt;

use crate::pipeline::{drain, stats};
use traced_core::__runtime::registry::SiteTable;

/// A report of what the instrumentation did so far, call site by call site; made by [`report`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The call sites that had spans, those with the most spans first.
    pub sites: Vec<SiteReport>,
    /// Spans that were lost between their end and an exporter, of all sites.
    pub dropped: u64,
    /// Attributes and events for spans that had ended already.
    pub said_too_late: u64,
}

/// A report of what one call site did so far.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SiteReport {
    /// The name of its spans, unless they have one each.
    pub name: &'static str,
    /// The function, with its module; empty for spans by hand.
    pub function: String,
    /// File and line; empty for spans by hand.
    pub place: String,
    /// Spans that ended.
    pub spans: u64,
    /// Spans with an error.
    pub errors: u64,
    /// Spans that were lost on their way: for want of memory, after the end, or to an exporter. Each exporter's losses count.
    /// Those of a batch that a receiver took in part are in none of these, since it does not say which they were.
    pub dropped: u64,
    /// Spans that began a trace.
    pub roots: u64,
    /// The thread on which a trace was begun last; empty if it has no name, or there was none.
    pub root_thread: String,
}

impl SiteReport {
    /// Whether most of its spans have a parent and some began traces of their own: something starts it without the
    /// context, such as a plain `tokio::spawn`.
    #[must_use]
    pub fn loses_context(&self) -> bool {
        !self.function.is_empty() && self.roots > 0 && self.roots * 2 < self.spans
    }
}

/// Reports what the instrumentation did so far: for each call site how many spans and errors it had, how many were lost
/// on their way, and whether it lost its context. With `OTEL_LOG_LEVEL=debug` it is printed when recording is switched off. Takes the drain lock for a moment.
///
/// ```
/// traced::report().sites.iter().filter(|site| site.loses_context()).for_each(|site| println!("{site}"));
/// ```
#[must_use]
pub fn report() -> Report {
    let counts = drain::site_counts();
    let mut table = SiteTable::default();
    table.refresh();
    let described = |(index, count): (usize, crate::pipeline::site_counts::SiteCount)| {
        let (name, place) = table.describe(u32::try_from(index).ok()?)?;
        let is_named = !place.function.is_empty();
        Some(SiteReport {
            name,
            function: if is_named { format!("{}::{}", place.module, place.function) } else { String::new() },
            place: if is_named { format!("{}:{}", place.file, place.line) } else { String::new() },
            spans: count.spans,
            errors: count.errors,
            dropped: count.dropped,
            roots: count.roots,
            root_thread: count.root_thread.into(),
        })
    };
    let mut sites: Vec<_> =
        counts.into_iter().enumerate().filter(|(_, count)| count.spans > 0).filter_map(described).collect();
    sites.sort_by_key(|site| std::cmp::Reverse(site.spans));
    let stats = stats::stats();
    let dropped = stats.dropped_full + stats.dropped_at_thread_exit + stats.dropped_after_shutdown;
    Report { sites, dropped, said_too_late: stats.said_too_late }
}

impl fmt::Display for SiteReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, place, spans, errors, dropped, roots, .. } = self;
        write!(f, "`{name}`: {spans} spans, {errors} errors, {dropped} dropped, {roots} roots")?;
        if !place.is_empty() {
            write!(f, " ({place})")?;
        }
        if self.loses_context() {
            write!(f, "; `{name}` lost its context {roots} times")?;
            if !self.root_thread.is_empty() {
                write!(f, ", last in thread `{}`", self.root_thread)?;
            }
            f.write_str(": is it spawned without it? `traced::task::spawn` and `Context::wrap` carry it")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sites.iter().try_for_each(|site| writeln!(f, "{site}"))?;
        write!(f, "dropped: {}, said about spans that had ended: {}", self.dropped, self.said_too_late)
    }
}
