#!/usr/bin/env bash
# The default build of `traced` pulls at most 29 crates of others, besides the core and the macros.
set -euo pipefail
limit=29
crates=$(cargo tree -p traced -e normal --prefix none --format '{p}' | sed 's/ (.*//' | sort -u | grep -cv '^traced')
echo "crates of others in the default build: $crates (limit $limit)"
[ "$crates" -le "$limit" ]
