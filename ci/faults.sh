#!/usr/bin/env bash
# What takes longer than newcomers should wait for: 200 kills with a spool, a minute of random faults, a receiver that is
# away for 20 seconds. Five minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
TRACED_TEST_KILLS=200 cargo test -p traced-tests --test process killed_at_any_moment
TRACED_TEST_SOAK_SECONDS=60 TRACED_TEST_ABSENCE_SECONDS=20 cargo test -p traced-tests --test faults -- soak absence
