#!/usr/bin/env bash
# The code is formatted as rustfmt.toml says.
set -euo pipefail
cargo fmt --all --check
