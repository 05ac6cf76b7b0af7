//! The parent process: starts the services, plays the customer, and shows what was traced.

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use axum::http::StatusCode;
use tokio::sync::oneshot;
use traced::TraceId;
use traced_tests::receiver::Receiver;

use crate::bank::{EMPTY_CARD, GOOD_CARD, SLOW_CARD};
use crate::error::Problem;
use crate::http;
use crate::model::{Cart, Receipt};
use crate::options::Demo;
use crate::page;
use crate::processes::{LogLine, Processes, Settings};
use crate::traces::Trace;

/// How long spans may take from their end to the receiver.
const TIME_TO_ARRIVE: Duration = Duration::from_secs(30);

/// What the customer does.
const PURCHASES: [Purchase; 3] = [
    Purchase { title: "fine", card: GOOD_CARD, expected: StatusCode::OK },
    Purchase { title: "declined card", card: EMPTY_CARD, expected: StatusCode::PAYMENT_REQUIRED },
    Purchase { title: "slow bank", card: SLOW_CARD, expected: StatusCode::OK },
];

struct Purchase {
    title: &'static str,
    card: &'static str,
    expected: StatusCode,
}

/// A purchase that was answered.
struct Answered {
    title: &'static str,
    /// `None` if the services are built without tracing.
    trace: Option<TraceId>,
}

/// The whole demonstration.
pub(crate) async fn run(demo: Demo) -> anyhow::Result<()> {
    let receiver = (demo.html.is_some() || !exports_elsewhere()).then(|| Arc::new(Receiver::start()));
    let mut processes = Processes::start(settings(demo.urls, receiver.as_deref())).await?;
    processes.print();
    say!("");
    let gateway = processes.gateway_url();
    let mut answered = Vec::new();
    let outcome = tokio::select! {
        outcome = purchases(&gateway, &mut answered, receiver.as_ref()) => outcome,
        death = processes.death() => Err(death),
        () = traced::shutdown_signal() => Err(anyhow!("interrupted")),
    };
    // Stopped before the traces are shown: with their last spans sent, the services have told all.
    let (outcome, lines) = match (outcome, processes.stop().await) {
        (outcome, Ok(lines)) => (outcome, lines),
        (Ok(()), Err(error)) => (Err(error), Vec::new()),
        (Err(cause), Err(consequence)) => (Err(cause.context(consequence)), Vec::new()),
    };
    let shown = show(&answered, receiver.as_deref(), &lines);
    let written = write_page(receiver.as_deref(), demo.html.as_deref());
    outcome.and(shown).and(written)
}

/// Whether somebody else receives the spans.
fn exports_elsewhere() -> bool {
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let is_set = |name| set(name).is_some();
    // Another exporter than the one that the parent receives from.
    let is_other = set("OTEL_TRACES_EXPORTER").is_some_and(|name| name.trim() != "otlp");
    is_other || is_set("OTEL_EXPORTER_OTLP_ENDPOINT") || is_set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
}

fn settings(urls: Vec<(&'static str, String)>, receiver: Option<&Receiver>) -> Settings {
    let mut settings = Settings { variables: urls, hide_otel: receiver.is_some() };
    if let Some(receiver) = receiver {
        settings.variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()));
        // Milliseconds between two exports: nobody wants to wait for a demonstration.
        settings.variables.push(("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()));
    }
    settings
}

/// Makes all purchases, then waits until their traces are complete.
async fn purchases(
    gateway: &str,
    answered: &mut Vec<Answered>,
    receiver: Option<&Arc<Receiver>>,
) -> anyhow::Result<()> {
    let client = http::client()?;
    for purchase in &PURCHASES {
        let answer = purchase.make(&client, gateway).await;
        answered.push(answer.with_context(|| format!("the purchase \"{}\" failed", purchase.title))?);
    }
    match receiver {
        Some(receiver) => wait_for_traces(Arc::clone(receiver), answered).await,
        None => Ok(()),
    }
}

impl Purchase {
    async fn make(&self, client: &reqwest::Client, gateway: &str) -> anyhow::Result<Answered> {
        let cart = Cart { item: "teapot".to_owned(), amount_cents: 2_450, card: self.card.to_owned() };
        let answer = client.post(format!("{gateway}/checkout")).json(&cart).send().await?;
        let status = answer.status();
        let trace = answer.headers().get(http::CORRELATION_ID).and_then(|id| TraceId::from_hex(id.to_str().ok()?));
        let text = if status.is_success() {
            let receipt = answer.json::<Receipt>().await?;
            format!("order {} is paid, authorization {}", receipt.order_id, receipt.authorization)
        } else {
            answer.json::<Problem>().await?.error
        };
        say!("{:<14} {status}: {text}", self.title);
        ensure!(status == self.expected, "the gateway answered {status} instead of {}", self.expected);
        Ok(Answered { title: self.title, trace })
    }
}

/// Waits until every span of the purchases has arrived.
async fn wait_for_traces(receiver: Arc<Receiver>, answered: &[Answered]) -> anyhow::Result<()> {
    let ids = answered.iter().filter_map(|answered| answered.trace).collect::<Vec<_>>();
    ensure!(ids.len() == answered.len() || !traced::ENABLED, "the gateway named no trace");
    let (done, waited) = oneshot::channel();
    // The receiver blocks; on a thread of the runtime it would keep an interrupted program from ending.
    std::thread::spawn(move || {
        let complete = receiver
            .wait_for(TIME_TO_ARRIVE, |spans| ids.iter().all(|id| Trace::of(spans, *id).missing().is_none()))
            .map_err(|_| ids.iter().find_map(|id| Trace::of(&receiver.spans(), *id).missing()));
        let _ = done.send(complete.map(drop));
    });
    match waited.await? {
        Ok(()) => Ok(()),
        Err(missing) => bail!("incomplete after {TIME_TO_ARRIVE:?}: {}", missing.unwrap_or_default()),
    }
}

/// Writes the page that somebody asked for.
fn write_page(receiver: Option<&Receiver>, path: Option<&Path>) -> anyhow::Result<()> {
    let (Some(receiver), Some(path)) = (receiver, path) else { return Ok(()) };
    page::write(&receiver.spans(), path)?;
    say!("\nopen {} in a browser to search these traces", std::path::absolute(path)?.display());
    Ok(())
}

/// Prints what was traced, and checks that nothing of it was lost.
fn show(answered: &[Answered], receiver: Option<&Receiver>, lines: &[LogLine]) -> anyhow::Result<()> {
    if !traced::ENABLED {
        say!("\nbuilt with the feature `off`: nothing was traced");
        return Ok(());
    }
    let Some(receiver) = receiver else {
        for Answered { title, trace } in answered {
            say!("{title:<14} trace {}", trace.map_or_else(|| "none".to_owned(), |id| id.to_string()));
        }
        return Ok(());
    };
    let spans = receiver.spans();
    for Answered { title, trace } in answered {
        let Some(id) = trace else { continue };
        say!("\n{}", Trace::of(&spans, *id).waterfall(title).trim_end());
        let id = id.to_string();
        for LogLine { role, text } in lines.iter().filter(|line| line.text.contains(&id)) {
            say!("{:<14} {text}", role.name());
        }
    }
    // Also of a request that an interruption has cut off.
    match Trace::all(&spans).iter().find_map(Trace::missing_parent) {
        Some(missing) => bail!("spans were lost; {missing}"),
        None => Ok(()),
    }
}
