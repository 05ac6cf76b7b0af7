#!/usr/bin/env bash
# All orders, with few preemptions, in which the outbox and the wake-up may meet. Within a minute.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test -p traced-models --test loom
