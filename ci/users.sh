#!/usr/bin/env bash
# The tests of what users get: a build of the whole workspace has every feature that anything in it asks for.
set -euo pipefail
cargo test -q -p traced
cargo test -q -p traced --no-default-features --features testing
cargo test -q -p traced-core
