#!/usr/bin/env bash
# Rotel, an agent of other people from PyPI, between a program and the receiver: HTTP and gRPC, in and out.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet rotel==0.0.1a15
agent=$(find "$folder" -name rotel-agent -type f)
TRACED_TEST_ROTEL=$agent cargo test -p traced-tests --features grpc --test rotel
