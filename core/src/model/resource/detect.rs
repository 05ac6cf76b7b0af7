//! Detectors: small functions that find out one group of attributes each. What can't be found is left out.

use std::collections::hash_map::RandomState;
use std::env::{self, consts};
use std::hash::BuildHasher;
use std::path::Path;
use std::process;
use std::time::SystemTime;

use super::Resource;
use crate::model::value::KeyValue;

/// The version of the semantic conventions that the detectors' attribute names are from.
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";

impl Resource {
    /// `telemetry.sdk.*`: this crate. The name `opentelemetry` is reserved for the official SDK.
    #[must_use]
    pub fn sdk() -> Self {
        found([
            Some(KeyValue::new("telemetry.sdk.name", "traced")),
            Some(KeyValue::new("telemetry.sdk.language", "rust")),
            Some(KeyValue::new("telemetry.sdk.version", env!("CARGO_PKG_VERSION"))),
        ])
    }

    /// `service.name` as long as nobody gives one: `unknown_service:` and the name of the executable.
    #[must_use]
    pub fn unknown_service() -> Self {
        let name =
            executable_name().map_or_else(|| "unknown_service".to_owned(), |name| format!("unknown_service:{name}"));
        found([Some(KeyValue::new("service.name", name))])
    }

    /// `service.instance.id`: a random UUID, new with each call.
    #[must_use]
    pub fn service_instance() -> Self {
        found([Some(KeyValue::new("service.instance.id", random_uuid()))])
    }

    /// `process.pid`, `process.executable.name` and `process.executable.path`. Not the command line, which may hold
    /// secrets.
    #[must_use]
    pub fn process() -> Self {
        let path = env::current_exe().ok();
        found([
            Some(KeyValue::new("process.pid", i64::from(process::id()))),
            executable_name().map(|name| KeyValue::new("process.executable.name", name)),
            path.and_then(|path| Some(KeyValue::new("process.executable.path", path.to_str()?.to_owned()))),
        ])
    }

    /// `host.name` and `host.arch`.
    #[must_use]
    pub fn host() -> Self {
        found([
            host_name().map(|name| KeyValue::new("host.name", name)),
            Some(KeyValue::new("host.arch", architecture(consts::ARCH))),
        ])
    }

    /// `os.type`.
    #[must_use]
    pub fn os() -> Self {
        found([Some(KeyValue::new("os.type", os_type(consts::OS)))])
    }

    /// All of the above: what `init` starts from. Variables and code have the last word.
    #[must_use]
    pub fn detect() -> Self {
        [Self::unknown_service(), Self::service_instance(), Self::process(), Self::host(), Self::os()]
            .iter()
            .fold(Self::sdk(), |all, detected| all.merge(detected))
    }
}

fn found<const N: usize>(attributes: [Option<KeyValue>; N]) -> Resource {
    Resource::new(attributes.into_iter().flatten(), SCHEMA_URL)
}

fn executable_name() -> Option<String> {
    let path = env::current_exe().ok().or_else(|| env::args_os().next().map(Into::into))?;
    let name = Path::new(&path).file_name()?.to_string_lossy().into_owned();
    // Linux marks an executable that was replaced while it runs.
    Some(name.strip_suffix(" (deleted)").map_or(name.clone(), ToOwned::to_owned))
}

/// Asking the kernel takes a system call, and so `unsafe` or another crate; these files and variables say the same.
fn host_name() -> Option<String> {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(path).ok());
    let variables = ["HOSTNAME", "COMPUTERNAME"].into_iter().filter_map(|name| env::var(name).ok());
    files.chain(variables).map(|name| name.trim().to_owned()).find(|name| !name.is_empty())
}

/// The name that the semantic conventions have for what Rust calls `arch`; unknown ones as they are.
fn architecture(arch: &'static str) -> &'static str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// The name that the semantic conventions have for what Rust calls `os`; unknown ones as they are.
fn os_type(os: &'static str) -> &'static str {
    match os {
        "macos" | "ios" => "darwin",
        "android" => "linux",
        "dragonfly" => "dragonflybsd",
        "illumos" => "solaris",
        other => other,
    }
}

/// A version 4 UUID. The standard library seeds each `RandomState` from the operating system; time and process are
/// hashed in, since later ones of a thread only count up from the first.
fn random_uuid() -> String {
    let half = |salt: u64| RandomState::new().hash_one((salt, process::id(), SystemTime::now()));
    let bits = u128::from(half(1)) << 64 | u128::from(half(2));
    let bits = bits & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_version_4_and_differ() {
        let all: std::collections::HashSet<String> = (0..1000).map(|_| random_uuid()).collect();
        assert_eq!(all.len(), 1000);
        for uuid in all {
            assert_eq!(uuid.len(), 36);
            assert_eq!(&uuid[14..15], "4", "{uuid}");
            assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
        }
    }

    #[test]
    fn names_of_the_conventions() {
        assert_eq!(architecture("x86_64"), "amd64");
        assert_eq!(architecture("riscv64"), "riscv64");
        assert_eq!(os_type("macos"), "darwin");
        assert_eq!(os_type("linux"), "linux");
    }
}
