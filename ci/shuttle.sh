#!/usr/bin/env bash
# Random orders of a small pipeline: recording threads, an exporter's thread, flushes, the end. Within a minute.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test -p traced-models --test shuttle
