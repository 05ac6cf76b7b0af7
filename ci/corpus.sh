#!/usr/bin/env bash
# Every shape of the corpus in every mode, edition and set of lints, where `cargo test` takes typical ones; all examples
# with the feature `off`; and more cases of the properties.
set -euo pipefail
CORPUS=all cargo test -q -p traced-corpus-tests -- --include-ignored
TRACED_PROPERTY_CASES=2000000 cargo test -q -p traced-tests --test propagation_properties
