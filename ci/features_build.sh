#!/usr/bin/env bash
# Every feature of our packages builds alone, without any other, and beside each other one, and no lint fires.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
. "$(dirname "$0")/packages.sh"
tool cargo-hack 0.6.46
# shellcheck disable=SC2086
cargo hack $PUBLISHED --feature-powerset --depth 2 --exclude-features default clippy --quiet --lib -- -D warnings
