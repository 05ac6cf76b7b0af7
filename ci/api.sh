#!/usr/bin/env bash
# What our packages offer is what `ci/api/` lists. `bash ci/api.sh --write` lists it anew: a change of it is looked at in
# the diff, and is in CHANGELOG.md.
#
# rustdoc writes what it knows behind a gate of the compiler; cargo-public-api makes lines of it.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
tool cargo-public-api 0.52.0
export RUSTC_BOOTSTRAP=1
target=$(cargo metadata --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
for package in traced traced-core traced-macros; do
    features=$(cargo metadata --no-deps --format-version 1 | python3 -c '
import json, sys
package = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == sys.argv[1])
print(",".join(package["metadata"]["docs"]["rs"].get("features", [])))' "$package")
    cargo rustdoc --quiet --package "$package" --lib --features "$features" -- \
        -Z unstable-options --output-format json --cap-lints allow
    cargo public-api --rustdoc-json "$target/doc/${package//-/_}.json" -sss >"$lists/$package.txt"
done
if [ "${1:-}" = --write ]; then
    mkdir -p ci/api
    cp "$lists"/*.txt ci/api/
    exit
fi
diff --recursive --unified=0 ci/api "$lists" || { echo "the public API has changed: bash ci/api.sh --write"; exit 1; }
echo "the public API is the listed one"
