#!/usr/bin/env bash
# `cargo check` for systems other than this one, as far as their standard library is installed or can be: what compiles
# there, and what is refused in a sentence.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$(pwd)/target}/targets
libraries=$(rustc --print sysroot)/lib/rustlib
missing=0

# $1: a target. Whether there is something to check with.
has() {
    [ -d "$libraries/$1" ] || rustup target add "$1" >/dev/null 2>&1 || true
    [ -d "$libraries/$1" ] && return
    echo "targets: $1 is not installed, and nothing was checked for it"
    missing=1
    return 1
}

# $1: a target, the rest: arguments of cargo
check() { CARGO_TARGET_DIR="$target" cargo check --quiet --target "$@"; }

# $1: a sentence, $2: a target, the rest: arguments of cargo
refused() {
    local sentence=$1 output
    shift
    if output=$(check "$@" 2>&1); then
        echo "targets: $1 compiles, but should be refused: $sentence"
        exit 1
    fi
    grep -q "$sentence" <<<"$output" || { echo "$output"; exit 1; }
}

# A program for a browser: what is annotated runs, and `init` says why nothing is recorded.
run_without_threads() {
    if ! command -v node >/dev/null 2>&1; then
        echo "targets: node is not installed, so that no program ran without threads"
        missing=1
        return
    fi
    local folder=$target/without-threads
    mkdir -p "$folder/src"
    cat >"$folder/Cargo.toml" <<-MANIFEST
	[package]
	name = "without-threads"
	edition = "2024"
	[dependencies]
	traced = { path = "$(pwd)/runtime", default-features = false }
	[workspace]
	MANIFEST
    cat >"$folder/src/main.rs" <<-'PROGRAM'
	use std::process::ExitCode;

	#[traced::traced(attrs(number))]
	fn half(number: u32) -> Result<u32, String> {
	    if number % 2 == 0 { Ok(number / 2) } else { Err(number.to_string()) }
	}

	fn main() -> ExitCode {
	    let works = half(4) == Ok(2) && half(3) == Err("3".to_owned());
	    let refused = traced::init().is_err_and(|error| error.kind() == traced::InitErrorKind::Thread);
	    let still_works = half(4) == Ok(2);
	    if works && refused && still_works { ExitCode::SUCCESS } else { ExitCode::FAILURE }
	}
	PROGRAM
    cp Cargo.lock "$folder/Cargo.lock"
    CARGO_TARGET_DIR="$target" cargo build --quiet --target wasm32-unknown-unknown --manifest-path "$folder/Cargo.toml"
    node -e '
        const nothing = new Proxy({}, { get: () => new Proxy({}, { get: () => () => 0 }) });
        const program = require("fs").readFileSync(process.argv[1]);
        WebAssembly.instantiate(program, nothing).then(({ instance }) => process.exit(instance.exports.main(0, 0)));
    ' "$target/wasm32-unknown-unknown/debug/without-threads.wasm" || { echo "targets: without threads it fails"; exit 1; }
}

for windows_or_mac in x86_64-pc-windows-gnu x86_64-apple-darwin; do
    if has $windows_or_mac; then
        check $windows_or_mac -p traced --no-default-features \
            --features otlp-http,otlp-json,console,file,html,spool,tracing,testing,tokio
    fi
done
if has x86_64-pc-windows-gnu; then
    refused 'the feature `signal`' x86_64-pc-windows-gnu -p traced --no-default-features --features signal
fi
if has x86_64-apple-darwin; then
    check x86_64-apple-darwin -p traced --no-default-features --features signal
fi
if has wasm32-unknown-unknown; then
    check wasm32-unknown-unknown -p traced --no-default-features --features console
    run_without_threads
fi
# 32 bits, without 64-bit atomics.
if has powerpc-unknown-linux-gnu; then
    refused '64-bit atomics' powerpc-unknown-linux-gnu -p traced-core
fi
# Where nobody reads what was skipped, it must not pass.
[ "$missing" = 0 ] || [ "${CI:-}" != true ]
