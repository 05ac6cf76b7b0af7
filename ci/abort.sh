#!/usr/bin/env bash
# Programs built with `panic = "abort"`: the spans around the panic arrive. Takes a minute when nothing is built yet.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -p traced-tests --bin ends --profile abort
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
TRACED_TEST_ABORTING="$target/abort/ends" cargo test -p traced-tests --test process spans_around_a_panic_that_aborts_arrive
