//! The four processes: how the parent starts, watches and stops them, and their side of that agreement.
//!
//! A service says its address on standard output once it listens, and then writes its log there. It stops on SIGTERM and on Ctrl-C, and also when its
//! standard input ends, so that none is left behind when the parent is killed.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::role::Role;

const LISTENING: &str = "listening on ";
const TIME_TO_START: Duration = Duration::from_secs(20);
/// Longer than a service takes to flush its spans to a receiver that does not answer.
const TIME_TO_STOP: Duration = Duration::from_secs(40);

/// What a service finds in its environment.
pub(crate) struct Settings {
    /// Variables to set.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Whether the `OTEL_*` variables of the parent are kept from it.
    pub(crate) hide_otel: bool,
}

/// The running services.
pub(crate) struct Processes {
    running: Vec<Process>,
    exits: JoinSet<(Role, io::Result<ExitStatus>)>,
}

struct Process {
    role: Role,
    address: SocketAddr,
    pid: u32,
    /// Closed when the parent ends, whatever the reason; the service then stops.
    _stdin: Option<ChildStdin>,
    /// Ends with the service.
    log: JoinHandle<Vec<LogLine>>,
}

/// What a service has written to its log.
pub(crate) struct LogLine {
    pub(crate) role: Role,
    pub(crate) text: String,
}

impl Processes {
    /// Starts all services, the called before their callers, each with the addresses of those before it.
    pub(crate) async fn start(mut settings: Settings) -> anyhow::Result<Self> {
        let mut processes = Self { running: Vec::new(), exits: JoinSet::new() };
        for role in Role::CALLERS_FIRST.into_iter().rev() {
            let (process, mut child) = start(role, &settings).await.with_context(|| format!("{role} did not start"))?;
            settings.variables.push((role.url_variable(), process.url()));
            processes.running.insert(0, process);
            processes.exits.spawn(async move { (role, child.wait().await) });
        }
        Ok(processes)
    }

    /// The address of the service that customers talk to.
    pub(crate) fn gateway_url(&self) -> String {
        self.running.iter().find(|process| process.role == Role::Gateway).map(Process::url).unwrap_or_default()
    }

    /// One line for each: where it listens, and which process it is.
    pub(crate) fn print(&self) {
        for Process { role, address, pid, .. } in &self.running {
            say!("{:<14} listens on {address}, process {pid}", role.name());
        }
    }

    /// Waits until a service ends that nobody has told to.
    pub(crate) async fn death(&mut self) -> anyhow::Error {
        match self.exits.join_next().await {
            Some(Ok((role, Ok(status)))) => {
                self.running.retain(|process| process.role != role);
                anyhow!("{role} ended before its time ({status}); what it printed is above")
            }
            Some(Ok((role, Err(error)))) => anyhow!(error).context(format!("cannot watch {role}")),
            Some(Err(error)) => anyhow!(error).context("cannot watch the services"),
            None => anyhow!("no service is running"),
        }
    }

    /// Tells one service after another to stop, callers first, and waits for each; they finish what is under way and
    /// send the spans they still have. Returns what they have logged.
    pub(crate) async fn stop(mut self) -> anyhow::Result<Vec<LogLine>> {
        let mut lines = Vec::new();
        for process in std::mem::take(&mut self.running) {
            let role = process.role;
            process.tell_to_stop().with_context(|| format!("cannot stop {role}"))?;
            let exit = timeout(TIME_TO_STOP, self.exits.join_next()).await;
            let exit = exit.with_context(|| format!("{role} did not stop within {TIME_TO_STOP:?}"))?;
            let (ended, status) = exit.with_context(|| format!("{role} is not running"))??;
            let status = status.with_context(|| format!("cannot watch {ended}"))?;
            ensure!(ended == role, "{ended} ended before its time ({status}); what it printed is above");
            ensure!(status.success(), "{ended} failed at the end ({status}); what it printed is above");
            lines.extend(process.log.await?);
        }
        Ok(lines)
    }
}

impl Process {
    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// By SIGTERM, as an operator would.
    fn tell_to_stop(&self) -> io::Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidInput)?;
        match kill_process(pid, Signal::TERM) {
            // It has ended already; the exit status tells how.
            Err(rustix::io::Errno::SRCH) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}

/// Starts this program again as `role`, and waits until it listens.
async fn start(role: Role, settings: &Settings) -> anyhow::Result<(Process, Child)> {
    let program = std::env::current_exe().context("cannot find this program's file")?;
    let mut command = Command::new(program);
    command.arg(role.name()).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    if settings.hide_otel {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
            command.env_remove(name);
        }
    }
    command.envs(settings.variables.iter().map(|(name, value)| (name, value)));
    // A group of its own: Ctrl-C reaches the parent alone, which stops the services in order.
    command.process_group(0);
    let mut child = command.spawn().context("cannot start the process")?;
    let (pid, stdin, stdout) = (child.id(), child.stdin.take(), child.stdout.take());
    let mut stdout = BufReader::new(stdout.context("no pipe to the process")?);
    let said = timeout(TIME_TO_START, read_address(&mut stdout)).await;
    let said = said.with_context(|| format!("it did not listen within {TIME_TO_START:?}"))??;
    let Some(address) = said else { bail!("it ended ({}); what it printed is above", child.wait().await?) };
    let address = address.parse().with_context(|| format!("{address:?} is not an address"))?;
    let pid = pid.context("the process has no id")?;
    Ok((Process { role, address, pid, _stdin: stdin, log: tokio::spawn(read_log(role, stdout)) }, child))
}

/// What a service says once it listens; `None` if it ends before. It may log something first.
async fn read_address(stdout: &mut BufReader<ChildStdout>) -> io::Result<Option<String>> {
    let mut line = String::new();
    while stdout.read_line(&mut line).await? > 0 {
        if let Some(address) = line.trim_end().strip_prefix(LISTENING) {
            return Ok(Some(address.to_owned()));
        }
        line.clear();
    }
    Ok(None)
}

async fn read_log(role: Role, stdout: BufReader<ChildStdout>) -> Vec<LogLine> {
    let (mut read, mut lines) = (stdout.lines(), Vec::new());
    while let Ok(Some(text)) = read.next_line().await {
        lines.push(LogLine { role, text });
    }
    lines
}

/// The service's side: says where it listens.
pub(crate) fn announce(address: SocketAddr) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{LISTENING}{address}")?;
    stdout.flush()
}

/// The service's side: SIGTERM, Ctrl-C, or the end of the parent.
pub(crate) async fn told_to_stop() {
    let (orphaned, parent_gone) = oneshot::channel();
    // A thread of its own: the runtime would wait for a read of standard input that never returns.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = orphaned.send(());
    });
    tokio::select! {
        () = traced::shutdown_signal() => {}
        _ = parent_gone => {}
    }
}
