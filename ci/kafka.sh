#!/usr/bin/env bash
# `traced-kafka` is a workspace of its own, since librdkafka is built by make and a compiler of C++: all that holds for the
# other packages holds for it. Installs what it needs from Debian's packages. Its tests bring their own cluster along.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
if ! { command -v make && command -v g++; } >/dev/null 2>&1; then
    log=$(mktemp)
    (apt-get update && apt-get install -y --no-install-recommends make g++) >"$log" 2>&1 ||
        { tail -n 20 "$log"; echo "kafka: make and g++ cannot be installed"; exit 1; }
fi
cd instrumentation/kafka
cargo fmt --check
cargo clippy --quiet --locked --all-targets -- -D warnings
RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS="-D warnings --cfg docsrs" cargo doc --quiet --locked --no-deps
cargo test --quiet --locked
OTEL_TRACES_EXPORTER=console cargo run --quiet --locked --example orders
cmp LICENSE-MIT "$root/LICENSE-MIT"
cmp LICENSE-APACHE "$root/LICENSE-APACHE"
