#!/usr/bin/env bash
# The README's test command, doc tests included.
set -euo pipefail
cargo test --workspace
