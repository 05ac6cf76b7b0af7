#!/usr/bin/env bash
# The documentation builds without a warning, as docs.rs builds it: with the features of each package's metadata, and
# with the marks of what needs a feature, which the compiler has behind a gate.
set -euo pipefail
export RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS="-D warnings --cfg docsrs"
cargo metadata --no-deps --format-version 1 | python3 -c '
import json, sys
for package in json.load(sys.stdin)["packages"]:
    if package["publish"] is None:
        features = package["metadata"]["docs"]["rs"].get("features", [])
        print(package["name"], ",".join(features))' |
    while read -r package features; do
        echo "documentation of $package${features:+ with $features}"
        cargo doc --quiet --no-deps --package "$package" --features "$features" </dev/null
    done
