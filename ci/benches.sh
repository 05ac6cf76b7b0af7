#!/usr/bin/env bash
# The benches compile. Without optimisation, which nobody looks at here and which takes minutes with all the peers;
# `ci/instructions.sh` builds ours with it.
set -euo pipefail
cargo bench --workspace --no-run --profile dev
