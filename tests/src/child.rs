//! Tests of what a process has only one of: they run in a child process, alone.

use std::path::PathBuf;
use std::process::Command;

/// Set in the child, to the test's name.
const VARIABLE: &str = "TRACED_TEST_CHILD";

/// Runs `body` in a process of its own, as the test `name` of the same binary, with `variables` set and all `OTEL_*`
/// ones of this process unset. Returns what the child wrote to stderr, or nothing in the child itself.
///
/// ```no_run
/// # use traced_tests::child;
/// # #[test]
/// fn no_thread_is_started() {
///     child::run("no_thread_is_started", &[("OTEL_SDK_DISABLED", "true")], || {
///         // …
///     });
/// }
/// ```
///
/// # Panics
/// When the test fails in the child, or there is none of that name.
pub fn run(name: &str, variables: &[(&str, &str)], body: impl FnOnce()) -> Option<String> {
    if is(name) {
        body();
        return None;
    }
    Some(succeeds(name, command(name, variables)))
}

/// The command that [`run`] runs, for tests that expect another end than success.
///
/// # Panics
/// When this program cannot be found.
#[must_use]
pub fn command(name: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program());
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(variable);
    }
    command.args(["--exact", &full_name(name), "--nocapture", "--test-threads=1"]).env(VARIABLE, name);
    command.envs(variables.iter().copied());
    command
}

/// The same, run by a shell after it has prepared what a test needs: limits, a network. With a `namespace`, the shell has
/// a network and mounts of its own, and the rights to change them.
///
/// # Panics
/// When this program cannot be found.
#[must_use]
pub fn prepared(name: &str, variables: &[(&str, &str)], namespace: bool, script: &str) -> Command {
    let inner = command(name, variables);
    let mut outer = Command::new(if namespace { "unshare" } else { "sh" });
    if namespace {
        outer.args(["--map-root-user", "--net", "--mount", "sh"]);
    }
    outer.args(["-c", &format!("set -e; {script}; exec \"$@\""), "sh"]).arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

/// Whether networks and mounts of one's own can be made here; says so when not.
#[must_use]
pub fn has_namespaces(test: &str) -> bool {
    let made = Command::new("unshare").args(["--map-root-user", "--net", "--mount", "ip", "link"]).output();
    let can = made.is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("{test}: skipped, since no namespaces can be made here (`unshare` and `ip`)");
    }
    can
}

/// The child of [`command`] or [`prepared`] is to succeed; what it wrote to stderr.
///
/// # Panics
/// When it does not.
pub fn succeeds(name: &str, mut command: Command) -> String {
    let output = command.output().expect("the child can be started");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let has_run = out.contains("1 passed");
    assert!(output.status.success() && has_run, "{name} in a child: {}\n{out}\n{err}", output.status);
    err.into_owned()
}

/// Ends this process with an error when it has not ended in a minute: for what would wait for ever when it is wrong.
pub fn ends_by_itself() {
    std::thread::spawn(|| {
        std::thread::sleep(std::time::Duration::from_secs(60));
        std::process::exit(9);
    });
}

/// Whether this is the child process of the test `name`.
#[must_use]
pub fn is(name: &str) -> bool {
    std::env::var(VARIABLE).is_ok_and(|child| child == name)
}

/// The name of a test of this program with the modules that it stands in, by which the program can be told to run it.
///
/// # Panics
/// When there is not exactly one test of that name.
#[must_use]
pub fn full_name(name: &str) -> String {
    let output = Command::new(program()).args(["--list", "--format=terse"]).output().expect("this program starts");
    let list = String::from_utf8(output.stdout).expect("names of tests");
    let paths = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let found: Vec<&str> = paths.filter(|path| path.rsplit("::").next() == Some(name)).collect();
    let [path] = found.as_slice() else { panic!("tests of the name {name}: {found:?}") };
    (*path).to_owned()
}

fn program() -> PathBuf {
    std::env::current_exe().expect("this program")
}
