#!/usr/bin/env bash
# The default build of `traced` pulls at most 30 crates.
set -euo pipefail
limit=30
crates=$(cargo tree -p traced -e normal --prefix none --format '{p}' | sed 's/ (.*//' | sort -u | grep -cv '^traced v')
echo "crates in the default build: $crates (limit $limit)"
[ "$crates" -le "$limit" ]
