//! Where the instrumentation would be dead without a word, one line says so, with the way out.

use std::time::Duration;

use traced::sampler::AlwaysOff;
use traced::{ExportCall, ExportError, MemoryExporter, Span, SpanBatch, SpanExporter, traced};
use traced_tests::child;
use traced_tests::hanging::hanging;

#[traced]
fn work() {}

fn assert_one_line(said: Option<String>, parts: &[&str]) {
    let Some(said) = said else { return };
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("traced: ") && line.contains(parts[0])).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(parts.iter().all(|part| lines[0].contains(part)), "{said}");
}

#[test]
fn a_guard_that_is_dropped_at_once() {
    let said = child::run("a_guard_that_is_dropped_at_once", &[("OTEL_TRACES_EXPORTER", "none")], || {
        let _ = traced::init().unwrap();
        work();
        work();
    });
    assert_one_line(said, &["`work` is entered, but nothing is recorded", "let _traced = traced::init()?;"]);
}

#[test]
fn a_guard_that_is_dropped_at_the_end_is_no_mistake() {
    let said =
        child::run("a_guard_that_is_dropped_at_the_end_is_no_mistake", &[("OTEL_TRACES_EXPORTER", "none")], || {
            let guard = traced::init().unwrap();
            work();
            drop(guard);
            Span::start("late").end();
            let again = traced::init().unwrap();
            work();
            drop(again);
        });
    assert!(said.is_none_or(|said| !said.contains("nothing is recorded")));
}

#[test]
fn exporters_in_code_and_in_the_environment() {
    let variables = [("OTEL_TRACES_EXPORTER", "console"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:1")];
    let said = child::run("exporters_in_code_and_in_the_environment", &variables, || {
        let _traced = traced::builder().exporter(MemoryExporter::default()).init().unwrap();
    });
    assert_one_line(said, &["OTEL_TRACES_EXPORTER is ignored", "remove the variable, or the call"]);
}

#[test]
fn an_endpoint_beside_an_exporter_in_code() {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:1")];
    let said = child::run("an_endpoint_beside_an_exporter_in_code", &variables, || {
        let _traced = traced::builder().exporter(MemoryExporter::default()).init().unwrap();
    });
    assert_one_line(said, &["OTEL_EXPORTER_OTLP_ENDPOINT is ignored"]);
}

#[test]
fn a_near_miss_of_a_variable() {
    let variables = [("OTEL_TRACE_EXPORTER", "console"), ("OTEL_TRACES_EXPORTER", "none")];
    let said = child::run("a_near_miss_of_a_variable", &variables, || {
        let _traced = traced::init().unwrap();
    });
    assert_one_line(said, &["OTEL_TRACE_EXPORTER is not read", "is OTEL_TRACES_EXPORTER meant?"]);
}

#[test]
fn a_sampler_that_never_sampled() {
    let said = child::run("a_sampler_that_never_sampled", &[("OTEL_TRACES_EXPORTER", "none")], || {
        let _traced = traced::builder().sampler(AlwaysOff).init().unwrap();
        work();
        work();
    });
    assert_one_line(said, &["none of 2 spans was sampled", "AlwaysOff", "OTEL_TRACES_SAMPLER"]);
}

#[test]
fn exit_exports_what_is_left() {
    if child::is("exit_exports_what_is_left") {
        let _traced = traced::builder().exporter(Tells).schedule_delay(Duration::from_secs(600)).init().unwrap();
        work();
        traced::exit(7);
    }
    let output = child::command("exit_exports_what_is_left", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert!(String::from_utf8_lossy(&output.stderr).contains("exported work"), "{output:?}");
}

struct Tells;

impl SpanExporter for Tells {
    fn export(&mut self, batch: &SpanBatch<'_>, _: &ExportCall<'_>) -> Result<(), ExportError> {
        batch.spans().for_each(|span| eprintln!("exported {}", span.name()));
        Ok(())
    }

    fn name(&self) -> &str {
        "tells"
    }
}

#[traced]
async fn audit() {}

#[traced]
async fn request() {
    audit().await;
    audit().await;
    traced::task::spawn(audit()).await.unwrap();
}

#[test]
fn the_report_finds_a_spawn_that_loses_the_context() {
    let said = child::run(
        "the_report_finds_a_spawn_that_loses_the_context",
        &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOG_LEVEL", "debug")],
        || {
            let traced = traced::init().unwrap();
            let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("worker").build().unwrap();
            runtime.block_on(async {
                request().await;
                request().await;
                let report = traced::report();
                assert!(report.sites.iter().all(|site| !site.loses_context()), "{report}");
                tokio::spawn(audit()).await.unwrap();
                tokio::spawn(audit()).await.unwrap();
            });
            let report = traced::report();
            let site = |name: &str| report.sites.iter().find(|site| site.name == name).unwrap();
            let (audit, request) = (site("audit"), site("request"));
            assert_eq!((audit.spans, audit.roots, audit.errors), (8, 2, 0));
            assert!(audit.loses_context() && audit.root_thread == "worker", "{audit:?}");
            assert!(!request.loses_context() && request.roots == 2, "a root by nature");
            drop(traced);
        },
    );
    assert!(said.is_none_or(|said| said.contains("`audit` lost its context 2 times, last in thread `worker`")));
}

#[traced]
fn noisy(n: u64) -> Result<(), &'static str> {
    if n.is_multiple_of(10) { Err("every tenth") } else { Ok(()) }
}

#[traced]
fn rare() {}

/// Each span that is lost is counted for its call site: on its thread, in a queue, and by an exporter that refuses it.
#[test]
fn the_report_says_whose_spans_were_dropped() {
    let variables = [("OTEL_LOG_LEVEL", "debug")];
    let said = child::run("the_report_says_whose_spans_were_dropped", &variables, || {
        let (exporter, begun, let_go) = hanging();
        let guard = traced::builder().exporter(exporter).exporter(Refuses).memory_limit(1 << 18).init().unwrap();
        rare();
        assert!(traced::flush(Duration::from_millis(100)).unwrap_err().is_timeout());
        begun.recv().unwrap();
        for n in 0..50_000 {
            let _ = noisy(n);
        }
        drop(let_go);
        let _both_have_lost_spans = guard.shutdown(Duration::from_secs(30));
        rare();
        let (report, stats) = (traced::report(), traced::stats());
        let site = |name: &str| report.sites.iter().find(|site| site.name == name).unwrap();
        let (noisy, rare) = (site("noisy"), site("rare"));
        assert_eq!((noisy.spans, rare.spans, rare.errors, rare.dropped), (50_000, 1, 0, 1), "{report}");
        let lost = stats.exporters.iter().map(|exporter| exporter.failed + exporter.dropped_full).sum::<u64>();
        assert_eq!(noisy.dropped + rare.dropped, lost + stats.dropped_full + stats.dropped_after_shutdown, "{stats:?}");
        assert!(stats.dropped_full > 0 && lost > 0, "{stats:?}");
    });
    let Some(said) = said else { return };
    let line = said.lines().find(|line| line.starts_with("`noisy`: 50000 spans, ")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains(" dropped, "), "{line}");
}

struct Refuses;

impl SpanExporter for Refuses {
    fn export(&mut self, _: &SpanBatch<'_>, _: &ExportCall<'_>) -> Result<(), ExportError> {
        Err(ExportError::new("no"))
    }

    fn name(&self) -> &str {
        "refuses"
    }
}
