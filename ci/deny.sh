#!/usr/bin/env bash
# What programs get with our packages has licences that they can live with, comes from the registry, and, for `traced`
# itself, is there in one version. Known vulnerabilities are looked up by `cargo deny check advisories`, which needs more
# of the network than the registry.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
tool cargo-deny 0.20.2 --no-default-features
deny() {
    cargo deny --manifest-path "$1" --config deny.toml check --allow license-not-encountered --allow license-exception-not-encountered --allow unmatched-skip "${@:2}"
}
deny runtime/Cargo.toml bans licenses sources
for manifest in instrumentation/*/Cargo.toml; do
    deny "$manifest" licenses sources
done
