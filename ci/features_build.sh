#!/usr/bin/env bash
# The library builds with no feature, and with each one alone.
set -euo pipefail
. "$(dirname "$0")/features.sh"
cargo check -q -p traced --no-default-features
for feature in ${EVERY_FEATURE//,/ } traced/off; do
    echo "feature ${feature#traced/}"
    cargo check -q -p traced --no-default-features --features "${feature#traced/}"
done
