#!/usr/bin/env bash
# The benches compile.
set -euo pipefail
cargo bench --workspace --no-run
