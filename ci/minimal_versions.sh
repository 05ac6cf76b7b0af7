#!/usr/bin/env bash
# `traced` compiles with the lowest version that its manifests allow of each of its dependencies.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/minimal-versions RUSTC_BOOTSTRAP=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A workspace of these packages alone: what the tests need does not count.
cp -RL "$root/macros" "$root/core" "$root/runtime" "$folder"
sed 's/^members = .*/members = ["macros", "core", "runtime"]/; /^exclude = /d' "$root/Cargo.toml" >"$folder/Cargo.toml"
cd "$folder"
cargo update --quiet -Z direct-minimal-versions
cargo check --quiet -p traced --features "$(cargo metadata --no-deps --format-version 1 | python3 -c '
import json, sys
package = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == "traced")
# Lowest versions of what rustls needs do not compile with each other.
print(",".join(sorted(f for f in package["features"] if f not in ("off", "default") and not f.startswith("tls"))))')"
echo "the lowest versions of all dependencies compile"
