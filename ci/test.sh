#!/usr/bin/env bash
# The README's test command, doc tests included.
set -euo pipefail
cargo test --workspace
# HTTPS takes long to build, so newcomers are spared it.
cargo test -p traced-tests --features tls --test otlp_https
