#!/usr/bin/env bash
# A service in Python, by the official SDK, between two of ours, over HTTP and NATS. Its packages go into a virtual
# environment in the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=tests/edges/python/requirements.txt
environment=$(realpath -m "${CARGO_TARGET_DIR:-target}")/python
# Made anew when other packages are asked for.
if ! cmp --quiet "$requirements" "$environment/requirements.txt"; then
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --requirement "$requirements"
    cp "$requirements" "$environment/requirements.txt"
fi
TRACED_PYTHON=$environment/bin/python cargo test --quiet -p traced-edges-tests --features python --test python
