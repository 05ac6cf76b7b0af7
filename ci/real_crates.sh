#!/usr/bin/env bash
# Puts #[traced] on every function of thirteen well-known crates and runs their own tests with recording on: bare,
# annotated, and with `args`. Fails when annotated code has an error, a warning or a failed test that bare code has not.
# Takes an hour or two and 5 GB; writes into a folder of its own, which is removed. Crates may be named as arguments.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo run --quiet --package traced-real-crates -- "$work" "$@"
