#!/usr/bin/env bash
# Every example runs and ends by itself with success.
set -euo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cargo build -q -p traced-examples --examples
for example in $(cargo metadata --no-deps --format-version 1 | python3 -c '
import json, sys
package = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == "traced-examples")
print(" ".join(sorted(t["name"] for t in package["targets"] if "example" in t["kind"])))'); do
    echo "== example $example"
    # `relay` serves until it has been idle for a while.
    arguments=()
    if [ "$example" = relay ]; then arguments=(--port 0 --idle 1); fi
    timeout 120 cargo run -q -p traced-examples --example "$example" -- "${arguments[@]}" >"$log" 2>&1 ||
        { cat "$log"; echo "example $example failed"; exit 1; }
    tail -n 3 "$log"
done
