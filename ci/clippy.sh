#!/usr/bin/env bash
# No lint fires: on all targets with every feature but `off`, and on the library with `off` alone.
set -euo pipefail
. "$(dirname "$0")/features.sh"
cargo clippy --workspace --all-targets --features "$EVERY_FEATURE,traced-tests/native-roots,traced-tests/grpc" -- -D warnings
cargo clippy -p traced --no-default-features --features off -- -D warnings
