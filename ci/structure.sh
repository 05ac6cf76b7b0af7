#!/usr/bin/env bash
# Rooms import only from rooms before them, files form no circle but the listed ones, and none is too long.
set -euo pipefail
cargo test -q -p traced-structure --tests
