#!/usr/bin/env bash
# The documentation builds without a warning.
set -euo pipefail
. "$(dirname "$0")/features.sh"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps -p traced -p traced-macros --features "$EVERY_FEATURE"
